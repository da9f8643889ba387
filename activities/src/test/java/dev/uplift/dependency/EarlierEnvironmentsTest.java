package dev.uplift.dependency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.durable.Directories;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.DependencySpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a rollback makes of the environment that the tenant had before its upgrade. */
class EarlierEnvironmentsTest {
  @TempDir Path directory;
  private SampleUpgrade upgrade;
  private Path venv;
  private Path set;

  @BeforeEach
  void stageASet() throws IOException {
    upgrade =
        new SampleUpgrade(directory).needs(new DependencySpec.Python("requirements.txt", null));
    venv = upgrade.checkout.resolve("venv");
    set = Files.createDirectories(upgrade.paths.sets().resolve("0123"));
    Files.writeString(set.resolve(".complete"), "0123\n");
    StagedSets.note(Map.of("venv", set), upgrade.context());
  }

  @Test
  void theTenantsOwnVenvIsLedToAgainAndNoSetIsBuilt() throws IOException {
    Files.createDirectories(venv.resolve("lib"));
    Files.writeString(venv.resolve("lib/six.py"), "own");
    install(upgrade.context());

    SampleUpgrade rollback = rollback();
    stage(rollback);
    install(rollback.context());

    assertThat(venv.resolve("lib/six.py")).hasContent("own");
    assertThat(Files.readSymbolicLink(venv))
        .isEqualTo(DependencyLink.in(upgrade.checkout, "venv").adopted(upgrade.id));

    new RestoreDependencies().run(rollback.input().back(), rollback.context());
    assertThat(Files.readSymbolicLink(venv)).isEqualTo(set);
  }

  @Test
  void aLinkOfTheTenantsOwnIsMadeAgain() throws IOException {
    Path elsewhere = Files.createDirectory(directory.toRealPath().resolve("elsewhere"));
    Files.createSymbolicLink(venv, Path.of("../elsewhere"));
    install(upgrade.context());

    SampleUpgrade rollback = rollback();
    stage(rollback);
    install(rollback.context());

    assertThat(venv.toRealPath()).isEqualTo(elsewhere);
  }

  @Test
  void whatIsGoneOrASetIsLeftToStaging() throws IOException {
    Files.createDirectories(venv);
    install(upgrade.context());
    Directories.remove(upgrade.checkout.resolve(".git/uplift"));
    assertThat(EarlierEnvironments.of(rollback().context())).isEmpty();

    upgrade.notes.put("dependencies.before.venv", "LINK " + set);
    assertThat(EarlierEnvironments.of(rollback().context())).isEmpty();
    upgrade.notes.put("dependencies.before.venv", "ABSENT");
    assertThat(EarlierEnvironments.of(rollback().context())).isEmpty();
  }

  @Test
  void anEnvironmentThatIsGoneSinceIsNotSwitchedTo() throws IOException {
    Files.createDirectories(venv);
    install(upgrade.context());
    SampleUpgrade rollback = rollback();
    stage(rollback);
    Directories.remove(upgrade.checkout.resolve(".git/uplift"));

    assertThatThrownBy(() -> install(rollback.context())).isInstanceOf(StepFailure.class);
    assertThat(Files.readSymbolicLink(venv)).isEqualTo(set);
  }

  /** Of the same tenant, which knows what the upgrade has left. */
  private SampleUpgrade rollback() {
    SampleUpgrade rollback =
        new SampleUpgrade(directory).needs(new DependencySpec.Python("requirements.txt", null));
    EarlierEnvironments.note(
        upgrade.checkout,
        upgrade.profile(),
        upgrade.id,
        key -> Optional.ofNullable(upgrade.notes.get(key)),
        rollback.context());
    return rollback;
  }

  private static void stage(SampleUpgrade rollback) {
    // Nothing could be built here: there is no requirements file.
    new StageDependencies(rollback.releases(), Map.of()).run(rollback.input(), rollback.context());
  }

  private void install(StepContext context) {
    new InstallDependencies().run(upgrade.input(), context);
  }
}
