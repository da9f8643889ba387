package dev.uplift.rollout;

import dev.uplift.rollout.RolloutDesk.CancelOrder;
import dev.uplift.rollout.Situation.Candidate;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;
import java.util.UUID;

/**
 * Upgrades many tenants, wave after wave. Whatever becomes of it, the upgrades that it has started
 * are runs of their own and go on.
 */
@WorkflowInterface
public interface RolloutWorkflow {
  /** The type of a validator's refusal of what makes no sense now. */
  String NOT_NOW = "not_now";

  /**
   * A run starts no more upgrades than this; when all of them have ended, the next one carries on.
   */
  int TENANTS_OF_A_RUN = 200;

  /**
   * @param carried what an earlier run of the same rollout has come to; null in the first one
   */
  @WorkflowMethod
  RolloutProgress rollOut(RolloutOrder order, Carried carried);

  /** Nothing is started until {@link #resume}; what runs goes on. */
  @UpdateMethod
  void pause(String reason);

  @UpdateValidatorMethod(updateName = "pause")
  void validatePause(String reason);

  /** Goes on after a pause or a halt; the failures so far are taken as seen. */
  @UpdateMethod
  void resume(String reason);

  @UpdateValidatorMethod(updateName = "resume")
  void validateResume(String reason);

  /** Lets the next wave begin. */
  @UpdateMethod
  void approve(String reason);

  @UpdateValidatorMethod(updateName = "approve")
  void validateApprove(String reason);

  /**
   * Starts nothing any more, and ends when what runs has ended.
   *
   * @param cancel what the upgrades under way are told, which then give up as far as they still
   *     can; null if they are let end
   */
  @UpdateMethod
  void abort(CancelOrder cancel);

  @UpdateValidatorMethod(updateName = "abort")
  void validateAbort(CancelOrder cancel);

  @QueryMethod
  RolloutProgress progress();

  static String idFor(UUID rollout) {
    return "rollout/" + rollout;
  }

  /**
   * @param wave the index of the one under way; {@link RolloutDesk#ALL_WAVES} while all rehearse
   * @param listed how many of its tenants were taken on
   * @param waiting those of them that were not started yet
   * @param busy those of them that are to be tried again
   * @param busyTries how often they may be
   * @param tally what has come of all tenants so far
   * @param paused whether a person wants nothing to be started for now; one that was aborted is not
   *     carried on
   */
  record Carried(
      int wave,
      int listed,
      List<Candidate> waiting,
      List<Candidate> busy,
      int busyTries,
      Tally tally,
      boolean paused) {}
}
