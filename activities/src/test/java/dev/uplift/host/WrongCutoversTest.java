package dev.uplift.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.command.Command;
import dev.uplift.command.CommandRunner;
import dev.uplift.command.ProcessTree;
import dev.uplift.journal.Journals;
import dev.uplift.proof.Proof;
import dev.uplift.tenant.HostName;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of a cutover and of its compensation catches those who do them wrongly. */
@Timeout(60)
class WrongCutoversTest {
  private static final List<Step> UNDO =
      List.of(
          Step.RESTORE_DATABASE,
          Step.RESTORE_DEPENDENCIES,
          Step.RESTORE_CODE,
          Step.START_SERVICES,
          Step.CHECK_HEALTH);

  @TempDir Path directory;

  private interface TurningBack {
    void run(ModelHost host);
  }

  @TestFactory
  Stream<DynamicTest> aTenantWhoseDatabaseCannotBePutBackStaysDown() {
    return Proof.<TurningBack>ofRow(
            42,
            directory,
            (turningBack, home) -> {
              ModelHost host = migrated(home);
              host.tenant.steps.put(
                  Step.RESTORE_DATABASE,
                  (in, context) -> {
                    throw new StepFailure(FailureKind.BACKUP_ALTERED, "altered", null, null);
                  });
              host.startWorker();
              turningBack.run(host);
              requireDown(host);
            })
        .passes(host -> host.lookAfterLease(null, 0))
        .catches(
            "a compensation that goes on after an error",
            WrongCutoversTest::goOnAnyway,
            "started by BACK")
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> aTenantIsComparedWithWhatItWasBeforeItIsStarted() {
    return Proof.<TurningBack>ofRow(
            25,
            directory,
            (turningBack, home) -> {
              ModelHost host = migrated(home);
              host.tenant.steps.put(
                  Step.RESTORE_DEPENDENCIES, (in, context) -> StepResult.of("forgotten"));
              host.startWorker();
              turningBack.run(host);
              requireDown(host);
            })
        .passes(host -> host.lookAfterLease(null, 0))
        .catches("a start before the comparison", WrongCutoversTest::goOnAnyway, "started by BACK")
        .tests();
  }

  private static ModelHost migrated(Path home) {
    ModelHost host = new ModelHost(home);
    for (Step step : ModelWorkflow.FORWARD.subList(0, 5)) {
      assertThat(host.call(step, Direction.FORWARD, null, 0).failure()).isNull();
    }
    return host;
  }

  private static void requireDown(ModelHost host) {
    assertThat(host.tenant.violations).isEmpty();
    assertThat(host.tenant.serving).isNull();
    assertThat(host.tenant.guarded).isTrue();
  }

  /** One step after the other, whatever became of the one before; to be looked at when all ran. */
  private static void goOnAnyway(ModelHost host) {
    host.call(Step.STOP_SERVICES, Direction.BACK, null, 0);
    StepContext context =
        new StepContext(
            new HostPaths(Path.of(host.input.plan().tenant().path()).resolveSibling("state")),
            Cancellation.NEVER,
            CommandRunner.withoutLock(Cancellation.NEVER),
            new StepContext.Notes() {
              @Override
              public void put(String key, String value) {}

              @Override
              public Optional<String> get(String key) {
                return host.state().orElseThrow().note(key);
              }
            });
    for (Step step : UNDO) {
      try {
        host.tenant.steps.get(step).run(host.input.back(), context);
      } catch (StepFailure ignored) {
        continue;
      }
    }
  }

  /** How a worker starts its children. */
  private enum Children {
    UNDER_THE_COMMAND_LOCK,
    WITHOUT_A_LOCK
  }

  @TestFactory
  Stream<DynamicTest> aScriptOfAKilledWorkerIsEndedBeforeTheNextAttempt() {
    return Proof.<Children>ofRow(
            30,
            directory,
            (children, home) -> {
              long script = scriptOfAKilledWorker(children, home);
              try {
                Map<Step, HostStep> steps = new EnumMap<>(Step.class);
                steps.put(
                    Step.STOP_SERVICES,
                    (in, context) -> {
                      assertThat(ProcessTree.startTime(script)).as("it still runs").isEmpty();
                      return StepResult.of("stopped");
                    });
                cutover(home, steps)
                    .run(
                        Step.STOP_SERVICES,
                        Plans.input(java.util.UUID.randomUUID(), home.toString()),
                        new AttemptCancellation());
              } finally {
                ProcessHandle.of(script).ifPresent(ProcessHandle::destroyForcibly);
              }
            })
        .passes(Children.UNDER_THE_COMMAND_LOCK)
        .catches("no command lock", Children.WITHOUT_A_LOCK, "it still runs")
        .tests();
  }

  private static Cutover cutover(Path home, Map<Step, HostStep> steps) {
    HostPaths paths = new HostPaths(home);
    return new Cutover(
        paths,
        new Journals(paths),
        new TenantLocks(paths),
        new Territory(
            new HostConfiguration(HostName.of("one"), home, List.of(home), null, null, 0, null)),
        steps,
        new Fingerprint(in -> "", in -> "", in -> ""),
        in -> {},
        in -> {},
        (StepInput in, dev.uplift.journal.JournalState state) -> List.of(),
        () -> false,
        List.of());
  }

  private static long scriptOfAKilledWorker(Children children, Path home) throws Exception {
    Path told = home.resolve("pid");
    Process worker =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Worker.class.getName(),
                children.name(),
                home.toString())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("worker.log").toFile())
            .start();
    try {
      while (!Files.exists(told)) {
        assertThat(worker.isAlive()).as("the worker is at work").isTrue();
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
      }
      return Long.parseLong(Files.readString(told));
    } finally {
      worker.destroyForcibly().waitFor();
    }
  }

  /** The worker that is killed while its script runs. */
  static final class Worker {
    public static void main(String[] arguments) {
      Path home = Path.of(arguments[1]);
      Path lock = new HostPaths(home).commandLock(Plans.ACME);
      CommandRunner commands =
          Children.valueOf(arguments[0]) == Children.UNDER_THE_COMMAND_LOCK
              ? CommandRunner.under(lock, Cancellation.NEVER)
              : CommandRunner.withoutLock(Cancellation.NEVER);
      String script =
          "import os, time; open('pid.new', 'w').write(str(os.getpid()));"
              + " os.rename('pid.new', 'pid'); time.sleep(600)";
      commands.run(
          new Command(
              List.of("python3", "-c", script),
              home,
              Map.of("PATH", System.getenv("PATH")),
              Duration.ofMinutes(10)));
    }
  }
}
