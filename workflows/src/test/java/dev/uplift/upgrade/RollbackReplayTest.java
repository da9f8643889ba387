package dev.uplift.upgrade;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.engine.Replay;
import io.temporal.worker.NonDeterministicException;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link UpgradeReplayTest} is for upgrades, for rollbacks. See {@link RecordHistories}. */
class RollbackReplayTest {
  @ParameterizedTest
  @ValueSource(strings = {"rollback_succeeded", "rollback_turned_back"})
  void whatRanBeforeReplaysWithTheWorkflowAsItIs(String outcome) {
    assertThatCode(() -> Replay.of(outcome, RollbackWorkflowImpl.class)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rollback_succeeded", "rollback_turned_back"})
  void aWorkflowThatTakesAnotherWayIsFoundOut(String outcome) {
    assertThatThrownBy(() -> Replay.of(outcome, WaitsFirst.class))
        .hasStackTraceContaining(NonDeterministicException.class.getName());
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
