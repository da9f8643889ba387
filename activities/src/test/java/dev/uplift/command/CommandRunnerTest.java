package dev.uplift.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.host.Cancellation;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandRunnerTest {
  @TempDir Path directory;

  private final CommandRunner runner = CommandRunner.withoutLock(Cancellation.NEVER);

  @Test
  void aCommandTellsItsExitCodeAndBothItsOutputs() {
    CommandResult result = runner.run(sh("echo out; echo err >&2; exit 3"));

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.succeeded()).isFalse();
    assertThat(result.output()).isEqualTo("out\nerr\n");
  }

  @Test
  void aSignalShowsInTheExitCode() {
    assertThat(runner.run(sh("kill -KILL $$")).exitCode()).isEqualTo(128 + 9);
  }

  @Test
  void aChildSeesOnlyTheEnvironmentItWasGiven() {
    CommandResult result =
        runner.run(
            new Command(List.of("env"), directory, Map.of("PATH", path()), Duration.ofSeconds(20)));

    assertThat(result.output().lines())
        .allMatch(line -> line.startsWith("PATH=") || line.startsWith("UPLIFT_COMMAND="));
  }

  @Test
  void onlyWholeLinesFromTheEndOfLongOutputAreKept() {
    CommandResult result = runner.run(sh("seq 1 100000"));

    assertThat(result.output()).endsWith("99999\n100000\n").hasSizeLessThan(8 * 1024 + 1);
    assertThat(result.output().lines().findFirst().orElseThrow()).hasSize(5);
  }

  @Test
  void ofWhatACommandPrintedWithoutEndTheEndIsKeptAndTheRestIsCounted() {
    CommandResult result = runner.run(sh("head -c 50000000 /dev/zero | tr '\\0' x; echo é"));

    assertThat(result.succeeded()).isTrue();
    assertThat(result.printed().end())
        .endsWith("xxé\n")
        .hasSize(CommandResult.Printed.MAX_BYTES - 1);
    assertThat(result.printed().cutBytes()).isEqualTo(50_000_003 - CommandResult.Printed.MAX_BYTES);
    assertThat(runner.run(sh("echo short")).printed())
        .isEqualTo(new CommandResult.Printed("short\n", 0));
  }

  @Test
  void aTimeoutEndsTheWholeSession() throws IOException {
    CommandResult result =
        runner.run(sh("sleep 300 & echo $! > child; wait", Duration.ofSeconds(10)));

    assertThat(result.timedOut()).isTrue();
    assertThat(result.succeeded()).isFalse();
    assertThat(ProcessTree.startTime(pidIn("child"))).isEmpty();
  }

  @Test
  void aTimeoutEndsADescendantThatLeftTheSessionAndItsParent() throws IOException {
    runner.run(
        sh(
            "(setsid sh -c 'echo $$ > child; exec sleep 300' &) ; "
                + "while [ ! -s child ]; do :; done; sleep 300",
            Duration.ofSeconds(10)));

    assertThat(ProcessTree.startTime(pidIn("child"))).isEmpty();
  }

  @Test
  void aDaemonThatACommandLeftBehindIsEndedWithIt() throws IOException {
    CommandResult result =
        runner.run(
            sh(
                "(setsid sh -c 'echo $$ > child; exec sleep 300' >/dev/null 2>&1 &) ; "
                    + "while [ ! -s child ]; do :; done"));

    assertThat(result.succeeded()).isTrue();
    assertThat(ProcessTree.startTime(pidIn("child"))).isEmpty();
  }

  @Test
  void aCancelledStepEndsItsChild() throws IOException {
    Cancellation whenChildRuns = when(() -> Files.exists(directory.resolve("child")));

    assertThatThrownBy(
            () ->
                CommandRunner.withoutLock(whenChildRuns)
                    .run(sh("echo $$ > child.tmp; mv child.tmp child; sleep 300")))
        .isInstanceOf(StepCancelled.class);
    assertThat(ProcessTree.startTime(pidIn("child"))).isEmpty();
  }

  @Test
  void anInterruptedStepEndsItsChild() throws Exception {
    Thread step =
        new Thread(
            () ->
                assertThatThrownBy(
                        () -> runner.run(sh("echo $$ > child.tmp; mv child.tmp child; sleep 300")))
                    .isInstanceOf(StepCancelled.class));
    step.start();
    await(() -> Files.exists(directory.resolve("child")));
    step.interrupt();
    step.join(30_000);

    assertThat(step.isAlive()).isFalse();
    assertThat(ProcessTree.startTime(pidIn("child"))).isEmpty();
  }

  @Test
  void aSecondCommandIsRefusedWhileAnOrphanHoldsTheLockUntilTheOrphanIsEnded() throws Exception {
    Files.createDirectory(directory.resolve("real"));
    Path lock =
        Files.createSymbolicLink(directory.resolve("state"), directory.resolve("real"))
            .resolve("command.lock");
    CommandRunner locked = CommandRunner.under(lock, Cancellation.NEVER);
    // As a worker leaves it that was killed: a child, and the child's child, with nobody waiting.
    Process orphan =
        new ProcessBuilder("flock", "--no-fork", lock.toString(), "sh", "-c", "sleep 300; true")
            .start();
    try {
      await(() -> !ProcessTree.holdersOf(List.of(lock)).pids().isEmpty());

      assertThatThrownBy(() -> locked.run(sh("touch ran")))
          .isInstanceOfSatisfying(
              StepFailure.class,
              failure -> {
                assertThat(failure.kind()).isEqualTo(FailureKind.BUSY);
                assertThat(failure.evidence()).contains(Long.toString(orphan.pid()));
              });
      assertThat(directory.resolve("ran")).doesNotExist();

      new CommandLock(lock).endHolders();

      assertThat(locked.run(sh("touch ran")).succeeded()).isTrue();
      assertThat(directory.resolve("ran")).exists();
    } finally {
      orphan.descendants().forEach(ProcessHandle::destroyForcibly);
      orphan.destroyForcibly();
    }
  }

  @Test
  void theLocksOwnExitCodeIsTheScriptsWhenNobodyHoldsTheLock() {
    CommandRunner locked =
        CommandRunner.under(directory.resolve("command.lock"), Cancellation.NEVER);

    assertThat(locked.run(sh("exit 213")).exitCode()).isEqualTo(213);
  }

  @Test
  void aCommandAtLowPriorityIsNicer() {
    CommandResult result = runner.run(sh("nice").atLowPriority());

    assertThat(Integer.parseInt(result.output().strip())).isGreaterThanOrEqualTo(10);
  }

  private Command sh(String script) {
    return sh(script, Duration.ofSeconds(20));
  }

  private Command sh(String script, Duration timeout) {
    return new Command(List.of("sh", "-c", script), directory, Map.of("PATH", path()), timeout);
  }

  private static String path() {
    return System.getenv("PATH");
  }

  private long pidIn(String file) throws IOException {
    return Long.parseLong(Files.readString(directory.resolve(file)).strip());
  }

  private static Cancellation when(BooleanSupplier requested) {
    return new Cancellation() {
      @Override
      public void check() {
        if (isRequested()) {
          throw new StepCancelled("told so");
        }
      }

      @Override
      public boolean isRequested() {
        return requested.getAsBoolean();
      }
    };
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    Instant deadline = Instant.now().plusSeconds(60);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as("waited too long").isBefore(deadline);
      Thread.sleep(10);
    }
  }
}
