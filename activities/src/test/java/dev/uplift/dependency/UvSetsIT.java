package dev.uplift.dependency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.command.Command;
import dev.uplift.command.CommandResult;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.DependencySpec;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real uv makes the same environment as pip, only faster. */
@Tag("full")
class UvSetsIT {
  @TempDir static Path tools;
  @TempDir Path directory;
  private SampleUpgrade upgrade;

  @BeforeAll
  static void installUv() throws IOException {
    run(tools, Map.of(), "python3", "-m", "venv", "tools");
    CommandResult installed =
        run(tools, Map.of(), tools.resolve("tools/bin/pip").toString(), "install", "-q", "uv");
    assumeTrue(installed.succeeded(), "needs uv, and pip cannot install it here");
    // On the path without the Python that it came with.
    Path program = Files.createDirectories(tools.resolve("bin")).resolve("uv");
    Files.createSymbolicLink(program, tools.resolve("tools/bin/uv"));
  }

  @BeforeEach
  void makeWheels() throws IOException {
    upgrade =
        new SampleUpgrade(directory).needs(new DependencySpec.Python("requirements.txt", null));
    Wheel.make(directory.resolve("wheels"), "greeting", "1.0", "TEXT = 'one'", "");
    Wheel.make(directory.resolve("wheels"), "greeting", "2.0", "TEXT = 'two'", "");
    Wheel.make(directory.resolve("wheels"), "polite", "1.0", "", "Requires-Dist: nosuch-thing\n");
  }

  @Test
  void uvInstallsTheSamePackagesAsPip() throws IOException {
    requirements("greeting==2.0");

    Path byPip = stage(pip());
    Path byUv = stage(uv());

    assertThat(byUv).isNotEqualTo(byPip);
    assertThat(SetStore.isComplete(byUv)).isTrue();
    assertThat(packages(byUv)).isEqualTo(packages(byPip)).contains("greeting==2.0");
    assertThat(Files.readSymbolicLink(byUv.resolve("bin/python3")))
        .isEqualTo(Files.readSymbolicLink(byPip.resolve("bin/python3")));
    assertThat(run(directory, Map.of(), uvProgram(), "pip", "check", "--python", python(byUv)))
        .extracting(CommandResult::succeeded)
        .isEqualTo(true);
    assertThat(run(directory, Map.of(), python(byUv), "-m", "pip", "check").succeeded()).isTrue();
  }

  @Test
  void whatIsChangedInOneSetStaysAsItWasInOthersAndInUvsCache() throws IOException {
    requirements("greeting==2.0");
    Path one = stage(uv());
    Files.writeString(one.resolve(module()), "TEXT = 'patched'");

    requirements("# another set\ngreeting==2.0");
    Path other = stage(uv());

    assertThat(other).isNotEqualTo(one);
    assertThat(other.resolve(module())).hasContent("TEXT = 'two'");
  }

  @Test
  void aRequirementThatNoIndexHasIsAMissingDependency() throws IOException {
    requirements("greeting==9.0");
    assertMissing("greeting==9.0");
  }

  @Test
  void aRequirementThatLacksItsOwnRequirementIsAMissingDependency() throws IOException {
    requirements("polite");
    assertMissing("nosuch-thing");
  }

  // In the file, since uv does not take '--no-index' from its environment.
  private void requirements(String lines) throws IOException {
    Path wheels = directory.resolve("wheels");
    upgrade.file("requirements.txt", "--no-index\n--find-links " + wheels + "\n" + lines);
  }

  private void assertMissing(String evidence) {
    assertThatThrownBy(() -> stage(uv()))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.MISSING_DEPENDENCY);
              assertThat(failure.evidence()).contains(evidence);
            });
  }

  /** The set that the tenant's path is to lead to. */
  private Path stage(Map<String, String> environment) {
    new StageDependencies(upgrade.releases(), environment).run(upgrade.input(), upgrade.context());
    return StagedSets.of(upgrade.context()).targets().get("venv");
  }

  private static String packages(Path set) {
    return run(set, Map.of(), python(set), "-m", "pip", "freeze", "--all").output();
  }

  private static String python(Path set) {
    return set.resolve("bin/python").toString();
  }

  private Path module() throws IOException {
    Path set = StagedSets.of(upgrade.context()).targets().get("venv");
    try (Stream<Path> libraries = Files.list(set.resolve("lib"))) {
      Path library =
          libraries.filter(path -> path.toString().contains("python3")).findFirst().get();
      return set.relativize(library.resolve("site-packages/greeting.py"));
    }
  }

  private Map<String, String> pip() {
    Map<String, String> environment = environment(System.getenv("PATH"));
    environment.put("PIP_CONFIG_FILE", "/dev/null");
    return environment;
  }

  private Map<String, String> uv() {
    Map<String, String> environment =
        environment(tools.resolve("bin") + ":" + System.getenv("PATH"));
    environment.put("UV_CACHE_DIR", directory.resolve("uv-cache").toString());
    return environment;
  }

  private Map<String, String> environment(String path) {
    return new HashMap<>(Map.of("PATH", path, "HOME", directory.toString()));
  }

  private static String uvProgram() {
    return tools.resolve("bin/uv").toString();
  }

  private static CommandResult run(Path where, Map<String, String> environment, String... words) {
    Map<String, String> all = new HashMap<>(System.getenv());
    all.putAll(environment);
    return new SampleUpgrade(tools)
        .context()
        .commands()
        .run(new Command(List.of(words), where, all, Duration.ofMinutes(3)));
  }
}
