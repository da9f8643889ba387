package dev.uplift.api.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.temporal.api.activity.v1.ActivityOptions;
import io.temporal.api.common.v1.ActivityType;
import io.temporal.api.enums.v1.PendingActivityState;
import io.temporal.api.failure.v1.Failure;
import io.temporal.api.taskqueue.v1.TaskQueue;
import io.temporal.api.workflow.v1.PendingActivityInfo;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SilentHostsTest {
  private static final Instant SINCE = Instant.parse("2026-01-02T03:04:05Z");

  @Test
  void aStepOfTheCutoverThatNobodyTakesWaits() {
    assertThat(waits(scheduled("RunMigrations"))).isTrue();
    assertThat(SilentHosts.why(List.of(scheduled("RunMigrations")), SINCE.plusSeconds(299)))
        .as("a worker may be replaced")
        .isEmpty();
  }

  @Test
  void aStepThatSomebodyWorksOnDoesNotWait() {
    PendingActivityInfo started =
        scheduled("RunMigrations").toBuilder()
            .setState(PendingActivityState.PENDING_ACTIVITY_STATE_STARTED)
            .build();

    assertThat(waits(started)).isFalse();
  }

  @Test
  void whileTheTenantServesNothingIsStalled() {
    assertThat(waits(scheduled("FetchRelease"))).isFalse();
    assertThat(waits(scheduled("RehearseMigrations"))).isFalse();
    assertThat(waits(scheduled("StopServices"))).isFalse();
  }

  /** Forward on the way in it serves; what a machine has begun, or turns back, it may not. */
  @ParameterizedTest
  @CsvSource({
    "uplift-host-one/cutover, false",
    "uplift-host-one/0a1b2c,  true",
  })
  void stoppingIsPartOfTheCutoverOnceItHasBegun(String queue, boolean waits) {
    PendingActivityInfo stopping =
        scheduled("StopServices").toBuilder()
            .setActivityOptions(
                ActivityOptions.newBuilder().setTaskQueue(TaskQueue.newBuilder().setName(queue)))
            .build();

    assertThat(waits(stopping)).isEqualTo(waits);
  }

  @Test
  void whatIsNoStepIsNotLookedAt() {
    assertThat(waits(scheduled("RecordOutcome"))).isFalse();
  }

  /** Its last attempt was scheduled just now: tried again every half minute, for how long? */
  @ParameterizedTest
  @CsvSource({
    "RestoreDatabase, 16, true",
    "RestoreDatabase, 15, false",
    "FetchRelease,    16, false",
  })
  void aHostThatFailsForFiveMinutesGetsNowhere(String activity, int attempt, boolean stalls) {
    PendingActivityInfo again =
        scheduled(activity).toBuilder()
            .setAttempt(attempt)
            .setLastFailure(Failure.newBuilder().setMessage("The disk is full."))
            .build();

    assertThat(SilentHosts.why(List.of(again), SINCE))
        .isEqualTo(
            stalls
                ? Optional.of(
                    "It is in its cutover, and RestoreDatabase has failed 15 times: The disk is"
                        + " full. It is tried again every half minute: see the upgrade.")
                : Optional.empty());
  }

  private static boolean waits(PendingActivityInfo pending) {
    return SilentHosts.why(List.of(pending), SINCE.plusSeconds(300)).isPresent();
  }

  private static PendingActivityInfo scheduled(String activity) {
    return PendingActivityInfo.newBuilder()
        .setActivityType(ActivityType.newBuilder().setName(activity))
        .setState(PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED)
        .setScheduledTime(Timestamp.newBuilder().setSeconds(SINCE.getEpochSecond()))
        .build();
  }
}
