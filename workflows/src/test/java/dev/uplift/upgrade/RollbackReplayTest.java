package dev.uplift.upgrade;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.testing.WorkflowReplayer;
import io.temporal.worker.NonDeterministicException;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerOptions;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link UpgradeReplayTest} is for upgrades, for rollbacks. See {@link RecordHistories}. */
class RollbackReplayTest {
  /** The SDK takes a second without progress for a deadlock: loading classes can take that long. */
  private static final Duration ON_A_BUSY_MACHINE = Duration.ofSeconds(30);

  @ParameterizedTest
  @ValueSource(strings = {"rollback_succeeded", "rollback_turned_back"})
  void whatRanBeforeReplaysWithTheWorkflowAsItIs(String outcome) {
    assertThatCode(() -> replay(outcome, RollbackWorkflowImpl.class)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rollback_succeeded", "rollback_turned_back"})
  void aWorkflowThatTakesAnotherWayIsFoundOut(String outcome) {
    assertThatThrownBy(() -> replay(outcome, WaitsFirst.class))
        .hasStackTraceContaining(NonDeterministicException.class.getName());
  }

  private static void replay(String outcome, Class<? extends RollbackWorkflow> workflow)
      throws Exception {
    try (TestWorkflowEnvironment engine = TestWorkflowEnvironment.newInstance()) {
      Worker worker =
          engine.newWorker(
              "replay",
              WorkerOptions.newBuilder()
                  .setDefaultDeadlockDetectionTimeout(ON_A_BUSY_MACHINE.toMillis())
                  .build());
      worker.registerWorkflowImplementationTypes(workflow);
      WorkflowReplayer.replayWorkflowExecutionFromResource(
          "histories/" + outcome + ".json", worker);
    }
  }

  /** A change that looks harmless: every rollback waits for a second before it begins. */
  public static class WaitsFirst extends RollbackWorkflowImpl {
    @WorkflowInit
    public WaitsFirst(UpgradePlan plan) {
      super(plan);
    }

    @Override
    public UpgradeReport rollback(UpgradePlan plan) {
      Workflow.sleep(Duration.ofSeconds(1));
      return super.rollback(plan);
    }
  }
}
