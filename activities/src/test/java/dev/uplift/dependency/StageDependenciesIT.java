package dev.uplift.dependency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.command.Command;
import dev.uplift.command.CommandResult;
import dev.uplift.command.ProcessTree;
import dev.uplift.host.Cancellation;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.DependencySpec;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real environments and real commands; packages come from wheels that the test makes. */
@Tag("full")
class StageDependenciesIT {
  @TempDir Path directory;

  private SampleUpgrade upgrade;
  private Path wheels;

  @BeforeEach
  void makeWheels() throws IOException {
    upgrade =
        new SampleUpgrade(directory).needs(new DependencySpec.Python("requirements.txt", null));
    wheels = Files.createDirectories(directory.resolve("wheels"));
    Wheel.make(wheels, "greeting", "1.0", "TEXT = 'one'", "");
    Wheel.make(wheels, "greeting", "2.0", "TEXT = 'two'", "");
    Wheel.make(wheels, "polite", "1.0", "", "Requires-Dist: nosuch-thing\n");
  }

  @Test
  void anUpgradeSwitchesTheTenantToAVenvThatWorksAtItsOwnPathAndBack() throws IOException {
    upgrade
        .file("requirements.txt", "-c constraints.txt\ngreeting")
        .file("constraints.txt", "greeting==2.0");

    StepResult built = stage(pip());
    assertThat(built.summary()).startsWith("Built ").endsWith(" for requirements.txt");
    assertThat(Files.exists(upgrade.checkout.resolve("venv"))).isFalse();
    assertThat(stage(pip()).summary()).startsWith("Found ");

    new InstallDependencies().run(upgrade.input(), upgrade.context());
    assertThat(greetingOfTheTenant()).isEqualTo("two " + upgrade.checkout.resolve("venv") + "\n");

    new RestoreDependencies().run(upgrade.input().back(), upgrade.context());
    assertThat(Files.exists(upgrade.checkout.resolve("venv"))).isFalse();
    assertThat(upgrade.paths.scratch(upgrade.id).resolve("dependencies")).doesNotExist();
  }

  @Test
  void aRequirementThatNoIndexHasIsAMissingDependencyAndASetIsNotLeftBehind() throws IOException {
    upgrade.file("requirements.txt", "greeting==9.0");

    assertFailure(pip(), FailureKind.MISSING_DEPENDENCY, "greeting==9.0");
    assertThat(completeSets()).isEmpty();
  }

  @Test
  void aRequirementThatLacksItsOwnRequirementIsAMissingDependency() throws IOException {
    upgrade.file("requirements.txt", "polite");
    assertFailure(pip(), FailureKind.MISSING_DEPENDENCY, "nosuch-thing");
  }

  @Test
  void anIndexThatDoesNotAnswerIsToldWithoutItsPassword() throws IOException {
    upgrade.file("requirements.txt", "greeting==2.0");
    Map<String, String> environment = environment();
    environment.put("PIP_INDEX_URL", "http://joe:s3cret@127.0.0.1:1/simple");
    environment.put("PIP_RETRIES", "1");

    assertThatThrownBy(() -> stage(environment))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.FETCH_UNREACHABLE);
              assertThat(failure.evidence()).contains("127.0.0.1").doesNotContain("s3cret");
            });
  }

  @Test
  void requirementsThatAreNotInTheReleaseAreRefused() {
    assertFailure(pip(), FailureKind.PROFILE_INVALID, "requirements.txt");
  }

  @Test
  void aReleaseThatInstallsItselfInPlaceIsRefused() throws IOException {
    upgrade.file("requirements.txt", "-e .");

    assertFailure(pip(), FailureKind.PROFILE_INVALID, "-e .");
  }

  @Test
  void aCommandsProductsAreFoundByTheTenantThroughLinks() throws IOException {
    upgrade
        .needs(
            new DependencySpec.Command(
                List.of("python3", "install.py"),
                List.of("modules", "frontend/modules"),
                List.of()))
        .file("package.json", "{}")
        .file("frontend/main.js", "")
        .file(
            "install.py", "import os; os.makedirs('modules/a'); os.makedirs('frontend/modules/b')");
    Files.createDirectory(upgrade.checkout.resolve("frontend"));

    assertThat(stage(environment()).summary()).endsWith(" for python3 install.py");
    new InstallDependencies().run(upgrade.input(), upgrade.context());

    assertThat(upgrade.checkout.resolve("modules/a")).isDirectory();
    assertThat(upgrade.checkout.resolve("frontend/modules/b")).isDirectory();
  }

  @Test
  void aCommandThatDoesNotMakeWhatItShouldIsRefused() throws IOException {
    upgrade.needs(
        new DependencySpec.Command(
            List.of("echo", "nothing to do"), List.of("modules"), List.of()));

    assertFailure(environment(), FailureKind.PROFILE_INVALID, "nothing to do");
  }

  @Test
  void aCommandIsRunAnewForEveryReleaseUnlessItsInputsAreNamed() throws IOException {
    List<String> run = List.of("mkdir", "modules");
    upgrade
        .file("package.json", "{}")
        .file("patches/one.patch", "1")
        .file("app.py", "1")
        .needs(new DependencySpec.Command(run, List.of("modules"), List.of()));
    assertThat(stage(environment()).summary()).startsWith("Built ");
    assertThat(stage(environment()).summary()).startsWith("Found ");
    upgrade.at("c".repeat(40));
    assertThat(stage(environment()).summary()).startsWith("Built ");

    upgrade.needs(
        new DependencySpec.Command(run, List.of("modules"), List.of("package.json", "patches")));
    assertThat(stage(environment()).summary()).startsWith("Built ");
    upgrade.at("d".repeat(40)).file("app.py", "2");
    assertThat(stage(environment()).summary()).startsWith("Found ");
    upgrade.file("patches/one.patch", "2");
    assertThat(stage(environment()).summary()).startsWith("Built ");
  }

  @Test
  void anInputThatTheReleaseLacksIsRefused() throws IOException {
    upgrade.needs(
        new DependencySpec.Command(
            List.of("mkdir", "modules"), List.of("modules"), List.of("package.jsonn")));

    assertFailure(environment(), FailureKind.PROFILE_INVALID, "mkdir modules");
  }

  @Test
  void whatACommandMadeKnowsTheePlaceWhereItStays() throws IOException {
    upgrade
        .needs(
            new DependencySpec.Command(
                List.of("python3", "install.py"), List.of("modules"), List.of()))
        .file(
            "install.py",
            "import os; os.mkdir('modules'); open('modules/here', 'w').write(os.getcwd())");

    stage(environment());
    Path set = completeSets().get(0);
    assertThat(Files.readString(set.resolve("modules/here"))).isEqualTo(set.toString());
    assertThat(set.resolve("install.py")).doesNotExist();
  }

  @Test
  void aLaterDependencyFindsWhatAnEarlierOneMade() throws IOException {
    upgrade
        .file("requirements.txt", "greeting==2.0")
        .file(
            "collect.py",
            "import greeting, os; os.mkdir('static');"
                + " open('static/greeting', 'w').write(greeting.TEXT)")
        .needs(
            new DependencySpec.Python("requirements.txt", null),
            new DependencySpec.Command(
                List.of("venv/bin/python", "collect.py"), List.of("static"), List.of()));

    stage(pip());
    new InstallDependencies().run(upgrade.input(), upgrade.context());

    assertThat(upgrade.checkout.resolve("static/greeting")).hasContent("two");
    assertThat(greetingOfTheTenant()).startsWith("two ");
  }

  @Test
  void aFileInThePlaceOfADirectoryIsRefused() throws IOException {
    upgrade.needs(
        new DependencySpec.Command(List.of("touch", "modules"), List.of("modules"), List.of()));

    assertFailure(environment(), FailureKind.PROFILE_INVALID, "touch modules");
  }

  @Test
  void aProductThatTheReleaseHasItselfIsRefused() throws IOException {
    upgrade
        .file("dist/app.js", "")
        .needs(new DependencySpec.Command(List.of("true"), List.of("dist"), List.of()));

    assertThatThrownBy(() -> stage(environment()))
        .isInstanceOf(StepFailure.class)
        .hasMessage("The release has 'dist' itself, so no command can produce it.");
    assertThat(completeSets()).isEmpty();
  }

  @Test
  void aLinkToTheReleaseItselfIsRefused() throws IOException {
    upgrade
        .file("packages/local/index.js", "")
        .needs(
            new DependencySpec.Command(
                List.of("sh", "-c", "mkdir modules && ln -s ../packages/local modules/local"),
                List.of("modules"),
                List.of()));

    assertFailure(environment(), FailureKind.PROFILE_INVALID, "modules/local -> packages/local");
  }

  @Test
  void ofSeveralTenantsAtOnceOneBuilds() throws Exception {
    Path builds = directory.resolve("builds");
    upgrade
        .needs(
            new DependencySpec.Command(
                List.of("python3", "install.py"), List.of("modules"), List.of()))
        .file("package.json", "{}")
        .file(
            "install.py",
            "import os, time\nopen("
                + quoted(builds)
                + ", 'a').write('x')\n"
                + "time.sleep(0.3)\nos.mkdir('modules')");
    ExecutorService tenants = Executors.newFixedThreadPool(4);
    try {
      // Each with notes and scratch of its own, all on one host.
      List<Future<StepResult>> results =
          Stream.generate(this::anotherUpgradeOnThisHost)
              .limit(4)
              .map(other -> tenants.submit(() -> stage(other, environment(), Cancellation.NEVER)))
              .toList();
      for (Future<StepResult> result : results) {
        assertThat(result.get().summary()).matches("(Built|Found) .*");
      }
    } finally {
      tenants.shutdownNow();
    }
    assertThat(Files.readString(builds)).isEqualTo("x");
  }

  @Test
  void aCancelledBuildLeavesNothingThatCountsAsASet() throws IOException {
    Path started = slowOnce();

    assertThatThrownBy(
            () -> stage(upgrade, environment(), new Requested(() -> Files.exists(started))))
        .isInstanceOf(StepCancelled.class);
    assertThat(completeSets()).isEmpty();

    assertThat(stage(environment()).summary()).startsWith("Built ");
    assertThat(completeSets()).hasSize(1);
  }

  @Test
  void aBuildWhoseWorkerWasKilledIsEndedAndDoneAgain() throws Exception {
    Path started = slowOnce();
    Process worker =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Worker.class.getName(),
                directory.toString())
            .inheritIO()
            .start();
    long installer = 0;
    try {
      await(() -> Files.exists(started));
      installer = Long.parseLong(Files.readString(started).strip());
      worker.destroyForcibly().waitFor();
      assertThat(ProcessTree.startTime(installer)).as("it outlives its worker").isPresent();

      assertThat(stage(environment()).summary()).startsWith("Built ");
      assertThat(ProcessTree.startTime(installer)).isEmpty();
      assertThat(completeSets()).hasSize(1);
      Path set = completeSets().get(0);
      assertThat(set.resolve("half")).doesNotExist();
      assertThat(set.resolve("modules")).isDirectory();
    } finally {
      worker.destroyForcibly();
      ProcessHandle.of(installer).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  /** A worker that a test can kill. */
  static final class Worker {
    public static void main(String[] arguments) {
      SampleUpgrade upgrade =
          new SampleUpgrade(Path.of(arguments[0]))
              .needs(
                  new DependencySpec.Command(
                      List.of("python3", "install.py"), List.of("modules"), List.of()));
      stage(upgrade, environment(), Cancellation.NEVER);
    }
  }

  /** An installer that hangs the first time, in the middle of its work. */
  private Path slowOnce() throws IOException {
    Path started = directory.resolve("started");
    upgrade
        .needs(
            new DependencySpec.Command(
                List.of("python3", "install.py"), List.of("modules"), List.of()))
        .file("package.json", "{}")
        .file(
            "install.py",
            """
            import os, time
            os.mkdir('modules')
            if not os.path.exists(STARTED):
                with open(STARTED + '.tmp', 'w') as f:
                    f.write(str(os.getpid()))
                os.rename(STARTED + '.tmp', STARTED)
                time.sleep(300)
            """
                .replace("STARTED", quoted(started)));
    return started;
  }

  private SampleUpgrade anotherUpgradeOnThisHost() {
    SampleUpgrade other = new SampleUpgrade(directory);
    return other.needs(upgrade.profile().dependencies().toArray(DependencySpec[]::new));
  }

  private StepResult stage(Map<String, String> environment) {
    return stage(upgrade, environment, Cancellation.NEVER);
  }

  private static StepResult stage(
      SampleUpgrade upgrade, Map<String, String> environment, Cancellation cancellation) {
    return new StageDependencies(upgrade.releases(), environment)
        .run(upgrade.input(), upgrade.context(cancellation));
  }

  private void assertFailure(Map<String, String> environment, FailureKind kind, String evidence) {
    assertThatThrownBy(() -> stage(environment))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(kind);
              assertThat(failure.evidence()).contains(evidence);
            });
  }

  private List<Path> completeSets() throws IOException {
    if (!Files.exists(upgrade.paths.sets())) {
      return List.of();
    }
    try (Stream<Path> sets = Files.list(upgrade.paths.sets())) {
      return sets.filter(SetStore::isComplete).toList();
    }
  }

  private String greetingOfTheTenant() {
    CommandResult told =
        upgrade
            .context()
            .commands()
            .run(
                new Command(
                    List.of(
                        "venv/bin/python",
                        "-c",
                        "import greeting, sys; print(greeting.TEXT, sys.prefix)"),
                    upgrade.checkout,
                    environment(),
                    Duration.ofSeconds(20)));
    return told.output();
  }

  private static Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("PATH", System.getenv("PATH"));
    environment.put("HOME", System.getProperty("java.io.tmpdir"));
    environment.put("PIP_CONFIG_FILE", "/dev/null");
    return environment;
  }

  private Map<String, String> pip() {
    Map<String, String> environment = environment();
    environment.put("PIP_NO_INDEX", "1");
    environment.put("PIP_FIND_LINKS", wheels.toString());
    return environment;
  }

  private static String quoted(Path path) {
    return "'" + path + "'";
  }

  private record Requested(BooleanSupplier when) implements Cancellation {
    @Override
    public void check() {
      if (isRequested()) {
        throw new StepCancelled("told so");
      }
    }

    @Override
    public boolean isRequested() {
      return when.getAsBoolean();
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    Instant deadline = Instant.now().plusSeconds(60);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as("waited too long").isBefore(deadline);
      Thread.sleep(20);
    }
  }
}
