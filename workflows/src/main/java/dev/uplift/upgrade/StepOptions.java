package dev.uplift.upgrade;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.Timeouts;
import io.temporal.activity.ActivityCancellationType;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import java.time.Duration;

/**
 * How long each step may take and how often it is tried. A step's own failure is final wherever it
 * happens; what is tried again are time-outs and worker shutdowns.
 */
final class StepOptions {
  /**
   * In preparation nobody waits longer than this for a host that does not answer: the tenant still
   * serves. A worker can be replaced meanwhile. Whoever starts upgrades refuses those for a host
   * that has been away for long.
   */
  private static final Duration HOST_ANSWERS_WITHIN = Duration.ofMinutes(2);

  private static final Duration HOST_ENDS_HOLD_WITHIN = Duration.ofSeconds(10);
  private static final Duration HOST_ENDS_REHEARSAL_WITHIN = Duration.ofSeconds(10);

  /** Longer than a worker that is told to stop waits for the cutovers that it has begun. */
  private static final Duration REPLACED_WITHIN = Duration.ofMinutes(45);

  private static final Duration HEARTBEAT = Duration.ofSeconds(5);
  private static final Duration SHORT = Duration.ofMinutes(5);
  private static final Duration OVER_THE_NETWORK = Duration.ofMinutes(30);
  private static final Duration COPY_OF_A_DATABASE = Duration.ofHours(2);
  private static final int ATTEMPTS = 3;

  private StepOptions() {}

  static ActivityOptions preparing(Step step, String queue, AppProfile profile, String summary) {
    return common(step, queue, profile, summary)
        .setScheduleToStartTimeout(HOST_ANSWERS_WITHIN)
        .setRetryOptions(
            RetryOptions.newBuilder()
                .setMaximumAttempts(ATTEMPTS)
                .setDoNotRetry(StepFailures.HANDED_OVER)
                .build())
        .build();
  }

  /**
   * Tried once: who takes a later attempt, knowing nothing of the first, could be another machine.
   * A worker that is being replaced is waited for: the tenant serves.
   */
  static ActivityOptions enteringCutover(
      Step step, String queue, AppProfile profile, String summary) {
    return common(step, queue, profile, summary)
        .setScheduleToStartTimeout(REPLACED_WITHIN)
        .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(1).build())
        .build();
  }

  /** A host that is silent now is waited for: its tenant is in cutover. */
  static ActivityOptions cuttingOver(Step step, String queue, AppProfile profile, String summary) {
    return common(step, queue, profile, summary)
        .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(ATTEMPTS).build())
        .build();
  }

  /**
   * Compensation has no limit but the host's own word: half a compensation is worse than a late
   * one.
   */
  static ActivityOptions turningBack(Step step, String queue, AppProfile profile, String summary) {
    return common(step, queue, profile, summary)
        .setRetryOptions(
            RetryOptions.newBuilder().setMaximumInterval(Duration.ofSeconds(30)).build())
        .build();
  }

  /**
   * A person waits for it. A host that does not take it has done nothing, and does nothing later.
   */
  static ActivityOptions endingHold(String queue, String summary) {
    return ofHold(queue, summary)
        .setScheduleToStartTimeout(HOST_ENDS_HOLD_WITHIN)
        .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(1).build())
        .build();
  }

  /** Once a host has taken it, only the host knows what became of it. */
  static ActivityOptions hearingOfHold(String queue, String summary) {
    return ofHold(queue, summary)
        .setRetryOptions(
            RetryOptions.newBuilder().setMaximumInterval(Duration.ofSeconds(30)).build())
        .build();
  }

  /** Nobody needs it to have been done. */
  static ActivityOptions endingRehearsal(String queue) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(queue)
        .setScheduleToCloseTimeout(HOST_ENDS_REHEARSAL_WITHIN)
        .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(1).build())
        .build();
  }

  private static ActivityOptions.Builder ofHold(String queue, String summary) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(queue)
        .setStartToCloseTimeout(SHORT)
        .setHeartbeatTimeout(HEARTBEAT)
        .setSummary(summary);
  }

  private static ActivityOptions.Builder common(
      Step step, String queue, AppProfile profile, String summary) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(queue)
        .setStartToCloseTimeout(startToClose(step, profile))
        .setHeartbeatTimeout(HEARTBEAT)
        // A step must be known to have stopped before its compensation begins.
        .setCancellationType(ActivityCancellationType.WAIT_CANCELLATION_COMPLETED)
        .setSummary(summary);
  }

  private static Duration longest(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  /**
   * Room beyond the limits that the host itself keeps, so that its own answer, with evidence, comes
   * first.
   */
  private static Duration startToClose(Step step, AppProfile profile) {
    return switch (step) {
      case INSPECT_TENANT, INSTALL_DEPENDENCIES, RESTORE_DEPENDENCIES -> SHORT;
      case FETCH_RELEASE, INSPECT_ROLLBACK, STAGE_DEPENDENCIES, CHECK_OUT_RELEASE, RESTORE_CODE ->
          OVER_THE_NETWORK;
      case STOP_SERVICES ->
          profile.timeouts().stop().multipliedBy(profile.services().size()).plus(SHORT);
      case START_SERVICES ->
          longest(Timeouts.LONGEST_START, profile.timeouts().healthDeadline())
              .multipliedBy(profile.services().size())
              .plus(SHORT);
      case BACK_UP_DATABASE, REINSTATE_DATABASE, RESTORE_DATABASE -> COPY_OF_A_DATABASE;
      case REHEARSE_MIGRATIONS, RUN_MIGRATIONS ->
          profile.timeouts().migrations().plus(COPY_OF_A_DATABASE);
      case CHECK_HEALTH -> profile.timeouts().healthDeadline().plus(SHORT);
    };
  }
}
