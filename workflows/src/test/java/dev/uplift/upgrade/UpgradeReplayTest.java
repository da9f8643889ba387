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

/**
 * Upgrades that run while Uplift itself is updated go on with the new workflow code, so it must
 * take the same way through what has happened already.
 *
 * <p>The histories are those of a real server. One is only ever added, never replaced: a change
 * that does not replay belongs behind {@link Workflow#getVersion}.
 */
class UpgradeReplayTest {
  /** The SDK takes a second without progress for a deadlock: loading classes can take that long. */
  private static final Duration ON_A_BUSY_MACHINE = Duration.ofSeconds(30);

  @ParameterizedTest
  @ValueSource(
      strings = {"success", "rolled_back", "success_on_a_machine", "rolled_back_on_a_machine"})
  void whatRanBeforeReplaysWithTheWorkflowAsItIs(String outcome) {
    assertThatCode(() -> replay(outcome, UpgradeWorkflowImpl.class)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"success", "rolled_back", "success_on_a_machine", "rolled_back_on_a_machine"})
  void aWorkflowThatTakesAnotherWayIsFoundOut(String outcome) {
    assertThatThrownBy(() -> replay(outcome, WaitsFirst.class))
        .hasStackTraceContaining(NonDeterministicException.class.getName());
  }

  private static void replay(String outcome, Class<? extends UpgradeWorkflow> workflow)
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
