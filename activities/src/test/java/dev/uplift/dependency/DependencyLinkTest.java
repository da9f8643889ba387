package dev.uplift.dependency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.DependencySpec;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Switching to staged sets and back, from every state that a killed attempt can leave. */
class DependencyLinkTest {
  @TempDir Path directory;

  private SampleUpgrade upgrade;
  private Path venv;
  private Path staged;
  private Path adopted;

  @BeforeEach
  void stageASet() throws IOException {
    upgrade =
        new SampleUpgrade(directory).needs(new DependencySpec.Python("requirements.txt", null));
    venv = upgrade.checkout.resolve("venv");
    staged = set("0123");
    adopted = DependencyLink.in(upgrade.checkout, "venv").adopted(upgrade.id);
    StagedSets.note(Map.of("venv", staged), upgrade.context());
  }

  @Test
  void aRealVenvIsAdoptedAndComesBackAsTheSameDirectory() throws IOException {
    realVenv();
    String before = identity();

    install();
    assertThat(Files.readSymbolicLink(venv)).isEqualTo(staged);
    assertThat(adopted.resolve("lib/python3.11/site-packages/six.py")).exists();
    assertThat(identity()).isNotEqualTo(before);

    restore();
    assertThat(identity()).isEqualTo(before);
    assertThat(upgrade.checkout.resolve(".git/uplift")).doesNotExist();
  }

  @Test
  void aVenvThatWasMovedBeforeTheKillIsInstalledByTheNextAttempt() throws IOException {
    realVenv();
    killedAfterTheMove();

    install();
    assertThat(Files.readSymbolicLink(venv)).isEqualTo(staged);
    restore();
    assertThat(venv.resolve("lib/python3.11/site-packages/six.py")).exists();
    assertThat(venv).isDirectory().isNotEqualTo(staged);
    assertThat(Files.isSymbolicLink(venv)).isFalse();
  }

  @Test
  void aVenvThatWasMovedBeforeTheKillIsPutBack() throws IOException {
    realVenv();
    String before = identity();
    killedAfterTheMove();

    restore();
    assertThat(identity()).isEqualTo(before);
  }

  @Test
  void aVenvThatWasOnlyNotedBeforeTheKillStaysWhereItIs() throws IOException {
    realVenv();
    String before = identity();
    upgrade.notes.put("dependencies.before.venv", "DIRECTORY");

    restore();
    assertThat(identity()).isEqualTo(before);
  }

  @Test
  void aRestoreThatWasKilledAfterItRemovedTheLinkIsFinished() throws IOException {
    realVenv();
    String before = identity();
    install();
    Files.delete(venv);

    restore();
    restore();
    assertThat(identity()).isEqualTo(before);
  }

  @Test
  void aLinkComesBackWithTheTargetItHad() throws IOException {
    Path old = set("abcd");
    Files.createSymbolicLink(venv, old);

    install();
    install();
    assertThat(Files.readSymbolicLink(venv)).isEqualTo(staged);
    restore();
    restore();
    assertThat(Files.readSymbolicLink(venv)).isEqualTo(old);
    assertThat(upgrade.checkout.resolve(".git/uplift")).doesNotExist();
  }

  @Test
  void aTemporaryLinkOfAKilledAttemptIsNoObstacle() throws IOException {
    Path left = upgrade.checkout.resolve(".git/uplift/links/" + upgrade.id + "/venv");
    Files.createDirectories(left.getParent());
    Files.createSymbolicLink(left, Path.of("/nowhere"));

    install();
    assertThat(Files.readSymbolicLink(venv)).isEqualTo(staged);
    assertThat(left).doesNotExist();
  }

  @Test
  void whereNothingWasNothingIsAfterwards() throws IOException {
    install();
    restore();
    assertThat(Files.exists(venv, LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  @Test
  void aStepThatNeverBeganIsRestoredByDoingNothing() throws IOException {
    realVenv();
    String before = identity();

    restore();
    assertThat(identity()).isEqualTo(before);
  }

  @Test
  void whatTheReleasePutInPlaceOfTheLinkIsKeptAside() throws IOException {
    Path old = set("abcd");
    Files.createSymbolicLink(venv, old);
    install();
    Files.delete(venv);
    Files.createDirectories(venv.resolve("made-by-a-migration"));

    restore();
    assertThat(Files.readSymbolicLink(venv)).isEqualTo(old);
    assertThat(
            upgrade.checkout.resolve(
                ".git/uplift/replaced/" + upgrade.id + "/venv/made-by-a-migration"))
        .isDirectory();
  }

  @Test
  void aVenvThatIsGoneIsAFailureAndNotASilentSuccess() throws IOException {
    realVenv();
    install();
    Files.move(adopted, directory.resolve("stolen"));

    assertThatThrownBy(this::restore)
        .isInstanceOf(StepFailure.class)
        .hasMessageContaining("are gone");
  }

  @Test
  void aSetThatWasRemovedSinceIsNotSwitchedTo() throws IOException {
    realVenv();
    Files.delete(staged.resolve(".complete"));

    assertThatThrownBy(this::install).isInstanceOf(StepFailure.class);
    assertThat(Files.isSymbolicLink(venv)).isFalse();
  }

  @Test
  void aCheckoutWhoseGitDirectoryIsAFileIsRefused() throws IOException {
    Files.delete(upgrade.checkout.resolve(".git"));
    Files.writeString(upgrade.checkout.resolve(".git"), "gitdir: /elsewhere");

    assertRefused("venv", "not a directory");
  }

  @Test
  void aFileInPlaceOfTheVenvIsRefused() throws IOException {
    Files.writeString(venv, "");

    assertRefused("venv", "There is a file");
  }

  @Test
  void aPathInADirectoryThatNobodyHasIsRefused() {
    assertRefused("frontend/node_modules", "Neither the checkout nor the release");
  }

  @Test
  void aPathBehindALinkOutOfTheCheckoutIsRefused() throws IOException {
    Files.createDirectories(directory.resolve("elsewhere"));
    Files.createSymbolicLink(
        upgrade.checkout.resolve("frontend"), directory.resolve("elsewhere").toRealPath());

    assertRefused("frontend/node_modules", "out of the checkout");
  }

  private void assertRefused(String name, String why) {
    ReleaseFiles release = upgrade.releases().apply(upgrade.input());
    assertThatThrownBy(() -> DependencyLink.in(upgrade.checkout, name).requireUsable(release))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> assertThat(failure.kind()).isEqualTo(FailureKind.DIRTY_CHECKOUT))
        .hasMessageContaining(why);
  }

  private void install() {
    new InstallDependencies().run(upgrade.input(), upgrade.context());
  }

  private void restore() {
    new RestoreDependencies().run(upgrade.input().back(), upgrade.context());
  }

  private String identity() {
    return DependencyIdentity.of(upgrade.checkout, upgrade.profile());
  }

  private void realVenv() throws IOException {
    Path packages = Files.createDirectories(venv.resolve("lib/python3.11/site-packages"));
    Files.writeString(packages.resolve("six.py"), "");
    Files.createDirectory(packages.resolve("six-1.16.dist-info"));
  }

  private void killedAfterTheMove() throws IOException {
    upgrade.notes.put("dependencies.before.venv", "DIRECTORY");
    Files.createDirectories(adopted.getParent());
    Files.move(venv, adopted);
  }

  private Path set(String id) throws IOException {
    Path set = Files.createDirectories(upgrade.paths.sets().resolve(id));
    Files.writeString(set.resolve(".complete"), id + "\n");
    return set;
  }

  @Test
  void severalSetsAreSwitchedTogetherWhereverAnAttemptWasKilled() throws IOException {
    SampleUpgrade whole = threeTargets("whole");
    new InstallDependencies().run(whole.input(), whole.context());
    int effects = whole.notes.size();
    assertThat(effects).isGreaterThan(3);

    for (int kill = 1; kill <= effects; kill++) {
      SampleUpgrade tenant = threeTargets("forward" + kill);
      assertKilledAt(kill, tenant);
      new InstallDependencies().run(tenant.input(), tenant.context());
      assertThat(Files.readSymbolicLink(tenant.checkout.resolve("venv"))).hasFileName("py");
      assertThat(tenant.checkout.resolve("node_modules/new")).exists();
      assertThat(tenant.checkout.resolve("frontend/dist/new")).exists();
      assertRestored(tenant);
    }
  }

  @Test
  void severalSetsAreAllPutBackWhereverAnAttemptWasKilled() throws IOException {
    SampleUpgrade whole = threeTargets("whole");
    new InstallDependencies().run(whole.input(), whole.context());

    for (int kill = 1; kill <= whole.notes.size(); kill++) {
      SampleUpgrade tenant = threeTargets("back" + kill);
      assertKilledAt(kill, tenant);
      assertRestored(tenant);
    }
  }

  /** A tenant with directories from before Uplift, and a link to an earlier set. */
  private SampleUpgrade threeTargets(String name) throws IOException {
    SampleUpgrade tenant =
        new SampleUpgrade(Files.createDirectories(directory.resolve(name)))
            .needs(
                new DependencySpec.Python("requirements.txt", null),
                new DependencySpec.Command(
                    List.of("npm", "ci"), List.of("node_modules", "frontend/dist"), List.of()));
    for (String own : List.of("node_modules/old", "frontend/dist/old")) {
      Files.createDirectories(tenant.checkout.resolve(own));
    }
    Path sets = Files.createDirectories(tenant.paths.sets());
    for (String made : List.of("before", "py", "js/node_modules/new", "js/frontend/dist/new")) {
      Files.createDirectories(sets.resolve(made));
    }
    for (String set : List.of("before", "py", "js")) {
      Files.writeString(sets.resolve(set).resolve(".complete"), set + "\n");
    }
    Files.createSymbolicLink(tenant.checkout.resolve("venv"), sets.resolve("before"));
    StagedSets.note(
        Map.of(
            "venv", sets.resolve("py"),
            "node_modules", sets.resolve("js/node_modules"),
            "frontend/dist", sets.resolve("js/frontend/dist")),
        tenant.context());
    return tenant;
  }

  /** Every effect is preceded by a note: the worker is gone when it has written so many. */
  private static void assertKilledAt(int note, SampleUpgrade tenant) {
    StepContext context = tenant.context();
    StepContext.Notes untilKilled =
        new StepContext.Notes() {
          @Override
          public void put(String key, String value) {
            if (tenant.notes.size() >= note) {
              throw new IllegalStateException("killed");
            }
            context.notes().put(key, value);
          }

          @Override
          public Optional<String> get(String key) {
            return context.notes().get(key);
          }
        };
    StepContext killed =
        new StepContext(context.paths(), context.cancellation(), context.commands(), untilKilled);
    try {
      new InstallDependencies().run(tenant.input(), killed);
    } catch (IllegalStateException expected) {
      assertThat(expected).hasMessage("killed");
    }
  }

  private static void assertRestored(SampleUpgrade tenant) throws IOException {
    new RestoreDependencies().run(tenant.input().back(), tenant.context());
    assertThat(tenant.checkout.resolve("venv").toFile().getCanonicalFile()).hasName("before");
    assertThat(tenant.checkout.resolve("node_modules/old")).isDirectory();
    assertThat(tenant.checkout.resolve("frontend/dist/old")).isDirectory();
    assertThat(Files.isSymbolicLink(tenant.checkout.resolve("node_modules"))).isFalse();
    assertThat(Files.isSymbolicLink(tenant.checkout.resolve("frontend/dist"))).isFalse();
    assertThat(tenant.checkout.resolve(".git/uplift")).doesNotExist();
  }

  @Test
  void identityTellsWhatIsInstalledInARealDirectory() throws IOException {
    realVenv();
    String before = identity();
    assertThat(identity()).isEqualTo(before).startsWith("venv=directory:");

    try (Stream<Path> info = Files.list(venv.resolve("lib/python3.11/site-packages"))) {
      Path six = info.filter(path -> path.toString().endsWith("dist-info")).findAny().orElseThrow();
      Files.move(six, six.resolveSibling("six-1.17.dist-info"));
    }
    assertThat(identity()).isNotEqualTo(before);
  }
}
