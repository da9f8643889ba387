package dev.uplift.api.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.temporal.api.activity.v1.ActivityOptions;
import io.temporal.api.common.v1.ActivityType;
import io.temporal.api.enums.v1.PendingActivityState;
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
    assertThat(waitingSince(scheduled("RunMigrations"))).contains(SINCE);
  }

  @Test
  void aStepThatSomebodyWorksOnDoesNotWait() {
    PendingActivityInfo started =
        scheduled("RunMigrations").toBuilder()
            .setState(PendingActivityState.PENDING_ACTIVITY_STATE_STARTED)
            .build();

    assertThat(waitingSince(started)).isEmpty();
  }

  @Test
  void whileTheTenantServesNothingIsStalled() {
    assertThat(waitingSince(scheduled("FetchRelease"))).isEmpty();
    assertThat(waitingSince(scheduled("RehearseMigrations"))).isEmpty();
    assertThat(waitingSince(scheduled("StopServices"))).isEmpty();
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

    assertThat(waitingSince(stopping).isPresent()).isEqualTo(waits);
  }

  @Test
  void whatIsNoStepIsNotLookedAt() {
    assertThat(waitingSince(scheduled("RecordOutcome"))).isEmpty();
  }

  private static Optional<Instant> waitingSince(PendingActivityInfo pending) {
    return SilentHosts.waitingSince(List.of(pending));
  }

  private static PendingActivityInfo scheduled(String activity) {
    return PendingActivityInfo.newBuilder()
        .setActivityType(ActivityType.newBuilder().setName(activity))
        .setState(PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED)
        .setScheduledTime(Timestamp.newBuilder().setSeconds(SINCE.getEpochSecond()))
        .build();
  }
}
