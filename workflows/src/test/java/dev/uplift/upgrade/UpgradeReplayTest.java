package dev.uplift.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.api.history.v1.WorkflowExecutionStartedEventAttributes;
import io.temporal.common.WorkflowExecutionHistory;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.NonDeterministicException;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerOptions;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Upgrades that run while Uplift itself is updated go on with the new workflow code, so it must
 * take the same way through what has happened already.
 *
 * <p>The histories are those of a real server, see {@link RecordHistories}. One is only ever added,
 * never replaced: a change that does not replay belongs behind {@link Workflow#getVersion}.
 */
class UpgradeReplayTest {
  private static final Path HISTORIES = Path.of("src/test/resources/histories");

  /** The SDK takes a second without progress for a deadlock: loading classes can take that long. */
  private static final Duration ON_A_BUSY_MACHINE = Duration.ofSeconds(30);

  static final List<Step> CUTOVER =
      List.of(
          Step.STOP_SERVICES,
          Step.BACK_UP_DATABASE,
          Step.CHECK_OUT_RELEASE,
          Step.INSTALL_DEPENDENCIES,
          Step.RUN_MIGRATIONS,
          Step.START_SERVICES,
          Step.CHECK_HEALTH);

  private static TestWorkflowEnvironment engine;
  private static Worker asItIs;
  private static Worker changed;

  @BeforeAll
  static void prepare() {
    engine = TestWorkflowEnvironment.newInstance();
    asItIs = worker("as-it-is", UpgradeWorkflowImpl.class);
    changed = worker("changed", WaitsFirst.class);
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static Worker worker(String queue, Class<? extends UpgradeWorkflow> workflow) {
    Worker worker =
        engine.newWorker(
            queue,
            WorkerOptions.newBuilder()
                .setDefaultDeadlockDetectionTimeout(ON_A_BUSY_MACHINE.toMillis())
                .build());
    worker.registerWorkflowImplementationTypes(workflow);
    return worker;
  }

  /** All that are there; those of other workflows are replayed elsewhere. */
  static List<String> histories() throws IOException {
    try (Stream<Path> files = Files.list(HISTORIES)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> startOf(name).getWorkflowType().getName().equals("UpgradeWorkflow"))
          .sorted()
          .toList();
    }
  }

  private static WorkflowExecutionStartedEventAttributes startOf(String name) {
    return read(name).getEvents().get(0).getWorkflowExecutionStartedEventAttributes();
  }

  private static WorkflowExecutionHistory read(String name) {
    try {
      return WorkflowExecutionHistory.fromJson(Files.readString(HISTORIES.resolve(name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void thereIsAHistoryOfEveryWayInWhichAnUpgradeEnds() throws IOException {
    List<String> ends =
        new ArrayList<>(
            List.of(
                "succeeded",
                "rejected",
                "cancelled_in_preparation",
                "cancelled_in_cutover",
                "needs_attention",
                "dead_man_turned_back",
                "dead_man_committed",
                "dead_man_held"));
    CUTOVER.forEach(step -> ends.add("rolled_back_from_" + step.activity()));

    assertThat(histories()).containsAll(ends.stream().map(end -> end + ".json").toList());
  }

  @ParameterizedTest
  @MethodSource("histories")
  void whatRanBeforeReplaysWithTheWorkflowAsItIs(String history) {
    assertThatCode(() -> asItIs.replayWorkflowExecution(read(history))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @MethodSource("histories")
  void aWorkflowThatTakesAnotherWayIsFoundOut(String history) {
    assertThatThrownBy(() -> changed.replayWorkflowExecution(read(history)))
        .hasStackTraceContaining(NonDeterministicException.class.getName());
  }

  /** A change that looks harmless: every upgrade waits for a second before it begins. */
  public static class WaitsFirst extends UpgradeWorkflowImpl {
    @WorkflowInit
    public WaitsFirst(UpgradePlan plan) {
      super(plan);
    }

    @Override
    public UpgradeReport upgrade(UpgradePlan plan) {
      Workflow.sleep(Duration.ofSeconds(1));
      return super.upgrade(plan);
    }
  }
}
