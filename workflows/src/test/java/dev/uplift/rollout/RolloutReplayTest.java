package dev.uplift.rollout;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.engine.Replay;
import io.temporal.worker.NonDeterministicException;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rollouts take days: what a worker of today has begun, one of tomorrow must be able to carry on.
 * See {@link RecordRolloutHistories}; from the first release on a history is only ever added.
 */
class RolloutReplayTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "succeeded",
        "halted_and_resumed",
        "rehearsed_baked_and_approved",
        "aborted",
        "carried_on"
      })
  void whatRanBeforeReplaysWithTheWorkflowAsItIs(String rollout) {
    assertThatCode(() -> Replay.of("rollouts/" + rollout, RolloutWorkflowImpl.class))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"succeeded", "rehearsed_baked_and_approved", "carried_on"})
  void aWorkflowThatTakesAnotherWayIsFoundOut(String rollout) {
    assertThatThrownBy(() -> Replay.of("rollouts/" + rollout, WaitsFirst.class))
        .hasStackTraceContaining(NonDeterministicException.class.getName());
  }

  /** A change that looks harmless: every rollout waits for a second before it begins. */
  public static class WaitsFirst extends RolloutWorkflowImpl {
    @WorkflowInit
    public WaitsFirst(RolloutOrder order, Carried carried) {
      super(order, carried);
    }

    @Override
    public RolloutProgress rollOut(RolloutOrder order, Carried carried) {
      Workflow.sleep(Duration.ofSeconds(1));
      return super.rollOut(order, carried);
    }
  }
}
