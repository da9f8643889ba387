package dev.uplift.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.health.HealthVerdict.Outcome;
import dev.uplift.health.HealthWindow.Decision;
import dev.uplift.upgrade.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class HealthWindowTest {
  private static final HealthVerdict OK = new HealthVerdict(Outcome.OK, null, false, true);
  private static final HealthVerdict BAD =
      new HealthVerdict(Outcome.BAD, "api answers 503", false, false);
  private static final HealthVerdict UNMEASURED =
      new HealthVerdict(Outcome.UNMEASURED, "Too many open files", false, false);
  private static final HealthVerdict WRONG =
      new HealthVerdict(Outcome.BAD, "api answers as v0.2.0 instead of v0.3.0", true, true);

  private final HealthWindow window =
      new HealthWindow(Duration.ofSeconds(5), Duration.ofSeconds(2), at(60_000));

  @Test
  void checksThatHoldOverTheWholeWindowAreHealthy() {
    for (int millis = 0; millis < 5_000; millis += 1_000) {
      assertThat(observe(millis, OK, OK)).isInstanceOf(Decision.Waiting.class);
    }
    assertThat(observe(5_000, OK, OK)).isInstanceOf(Decision.Healthy.class);
  }

  @Test
  void oneBadAnswerBeginsTheWindowAnew() {
    observeEverySecond(0, 4_000, OK, OK);
    observe(4_500, OK, BAD);
    observeEverySecond(5_000, 9_000, OK, OK);

    assertThat(observe(9_900, OK, OK)).isInstanceOf(Decision.Waiting.class);
    assertThat(observe(10_000, OK, OK)).isInstanceOf(Decision.Healthy.class);
  }

  @Test
  void aLookThatCouldNotBeMeasuredBeginsTheWindowAnew() {
    observeEverySecond(0, 4_000, OK);
    observe(4_500, UNMEASURED);

    assertThat(observe(5_500, OK)).isInstanceOf(Decision.Waiting.class);
  }

  @Test
  void aPauseInWhichNobodyLookedBeginsTheWindowAnew() {
    observe(0, OK);
    observe(1_000, OK);

    assertThat(observe(9_000, OK)).isInstanceOf(Decision.Waiting.class);
  }

  @Test
  void checksThatTakeTurnsInHoldingAreNeverHealthy() {
    for (int millis = 0; millis < 59_000; millis += 1_000) {
      HealthVerdict first = millis % 2_000 == 0 ? OK : BAD;
      HealthVerdict second = millis % 2_000 == 0 ? BAD : OK;
      assertThat(observe(millis, first, second)).isInstanceOf(Decision.Waiting.class);
    }
  }

  @Test
  void theDeadlineEndsWhatDoesNotHold() {
    observeEverySecond(0, 59_000, BAD);

    assertThat(observe(60_000, BAD))
        .isEqualTo(new Decision.Failed(FailureKind.UNHEALTHY, "api answers 503"));
  }

  @Test
  void aWindowThatWouldEndAfterTheDeadlineIsTooLate() {
    observeEverySecond(0, 55_500, BAD);
    observeEverySecond(56_000, 59_000, OK);

    assertThat(failure(observe(60_000, OK)).kind()).isEqualTo(FailureKind.UNHEALTHY);
  }

  @Test
  void healthThatCouldNotBeMeasuredIsNotCalledUnhealthy() {
    observeEverySecond(0, 59_000, UNMEASURED);

    Decision.Failed failed = failure(observe(60_000, UNMEASURED));
    assertThat(failed.kind()).isEqualTo(FailureKind.STEP_FAILED);
    assertThat(failed.message()).contains("Too many open files");
  }

  @Test
  void aProcessThatDiesBeforeItEverAnsweredFailedToStartAtOnce() {
    observe(0, BAD);

    assertThat(observeDeath(100, BAD).kind()).isEqualTo(FailureKind.START_FAILED);
  }

  @Test
  void aProcessThatDiesAfterItHadAnsweredCrashes() {
    observe(0, OK, OK);

    assertThat(observeDeath(100, OK, BAD).kind()).isEqualTo(FailureKind.CRASH_LOOP);
  }

  @Test
  void aProcessThatDiesRightAfterItsGoodAnswerCrashes() {
    observe(0, OK, OK);

    assertThat(observeDeath(100, OK, OK).kind()).isEqualTo(FailureKind.CRASH_LOOP);
  }

  @Test
  void theOtherServicesGoodAnswersDoNotMakeADeathACrash() {
    observe(0, OK, BAD);

    assertThat(observeDeath(100, OK, BAD).kind()).isEqualTo(FailureKind.START_FAILED);
  }

  @Test
  void aWrongReleaseThatLastsIsNotWaitedFor() {
    observeEverySecond(0, 4_000, WRONG, OK);

    assertThat(observe(5_000, WRONG, OK))
        .isEqualTo(
            new Decision.Failed(FailureKind.UNHEALTHY, "api answers as v0.2.0 instead of v0.3.0"));
  }

  @Test
  void withoutChecksItIsEnoughThatTheProcessesLive() {
    observeEverySecond(0, 4_000);

    assertThat(observe(5_000)).isInstanceOf(Decision.Healthy.class);
    assertThat(observeDeath(5_100).kind()).isEqualTo(FailureKind.START_FAILED);
  }

  private void observeEverySecond(int from, int to, HealthVerdict... verdicts) {
    for (int millis = from; millis <= to; millis += 1_000) {
      assertThat(observe(millis, verdicts)).isInstanceOf(Decision.Waiting.class);
    }
  }

  private Decision observe(int millis, HealthVerdict... verdicts) {
    return window.observe(new HealthWindow.Observation(at(millis), List.of(verdicts), List.of()));
  }

  private Decision.Failed observeDeath(int millis, HealthVerdict... verdicts) {
    return failure(
        window.observe(
            new HealthWindow.Observation(at(millis), List.of(verdicts), List.of("t-api died"))));
  }

  private static Decision.Failed failure(Decision decision) {
    assertThat(decision).isInstanceOf(Decision.Failed.class);
    return (Decision.Failed) decision;
  }

  private static Instant at(long millis) {
    return Instant.ofEpochMilli(1_000_000 + millis);
  }
}
