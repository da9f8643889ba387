package dev.uplift.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.release.Tag;
import dev.uplift.rollout.Situation.Trouble;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TallyTest {
  private static final RolloutOrder ORDER = order(RehearsalMode.NONE);

  @Test
  void whoGetsThereIsCountedAndWhoDoesNotIsTold() {
    Tally tally = with(Tally.NONE, "a", Outcome.SUCCESS);
    tally = with(tally, "b", Outcome.ALREADY_THERE);
    tally = with(tally, "c", Outcome.ROLLED_BACK);

    assertThat(tally.counts())
        .isEqualTo(Map.of(Outcome.SUCCESS, 1, Outcome.ALREADY_THERE, 1, Outcome.ROLLED_BACK, 1));
    assertThat(tally.reached()).isEqualTo(2);
    assertThat(tally.troublesTold()).extracting(Trouble::tenant).containsExactly("c");
    assertThat(tally.moreTroubles()).isZero();
    assertThat(tally.ofNextWave().reached()).isZero();
    assertThat(tally.ofNextWave().counts()).isEqualTo(tally.counts());
  }

  @Test
  void ofThousandsThatNothingDependsOnFiftyAreToldAndTheOthersCounted() {
    Tally tally = Tally.NONE;
    for (int i = 0; i < 1_000; i++) {
      tally = with(tally, "t" + i, Outcome.HELD);
    }

    assertThat(tally.troubles()).hasSize(50);
    assertThat(tally.moreTroubles()).isEqualTo(950);
  }

  @Test
  void whateverMayHaltIsKeptHoweverMuchThereIs() {
    Tally tally = Tally.NONE;
    for (int i = 0; i < 60; i++) {
      tally = with(tally, "t" + i, Outcome.ROLLED_BACK);
    }

    assertThat(tally.troubles()).hasSize(60);
    assertThat(tally.troublesTold()).hasSize(50);
    assertThat(tally.moreTroubles()).isEqualTo(10);
  }

  @Test
  void ofRehearsalsTenThatFailedAreNamed() {
    Tally tally = Tally.NONE.withRehearsal("fine", Outcome.WOULD_UPGRADE);
    for (int i = 0; i < 12; i++) {
      tally = tally.withRehearsal("t" + i, Outcome.REJECTED);
    }

    assertThat(tally.rehearsed()).isEqualTo(Map.of(Outcome.WOULD_UPGRADE, 1, Outcome.REJECTED, 12));
    assertThat(tally.refused()).hasSize(10).startsWith("t0").endsWith("t9");
    assertThat(tally.counts()).isEmpty();
  }

  @Test
  void whoIsLeftOutIsKnownOnlyWhereAPersonSaidSo() {
    Wave one = new Wave("canary", 1, true, 0, false);
    Wave two = new Wave("canary", 2, true, 0, false);
    TenantEnd leftOut = new TenantEnd(Outcome.LEFT_OUT, null, "It fails.", null);

    Tally asked = Tally.NONE.withEnd("a", leftOut, true, order(RehearsalMode.HALT));
    Tally unasked = Tally.NONE.withEnd("a", leftOut, true, order(RehearsalMode.LEAVE_OUT));

    assertThat(asked.knows(one)).isTrue();
    assertThat(asked.knows(two)).isFalse();
    assertThat(unasked.knows(one)).isFalse();
    assertThat(unasked.asSeen().knows(one)).isTrue();
    assertThat(asked.ofNextWave().knows(one)).isFalse();
  }

  @Test
  void whoWasStalledAndGotThereIsNoTroubleUnlessItHasHaltedTheRollout() {
    Tally stalled = with(Tally.NONE, "a", Outcome.STALLED);
    TenantEnd success = new TenantEnd(Outcome.SUCCESS, null, null, 900L);

    Tally going = stalled.withEndOfStalled("a", success, true, false);
    Tally halted = stalled.withEndOfStalled("a", success, true, true);
    Tally later = stalled.withEndOfStalled("a", success, false, false);

    assertThat(going.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 1));
    assertThat(going.troubles()).isEmpty();
    assertThat(going.reached()).isOne();
    assertThat(halted.counts()).isEqualTo(Map.of(Outcome.SUCCESS, 1));
    assertThat(halted.troubles()).extracting(Trouble::outcome).containsExactly(Outcome.STALLED);
    assertThat(halted.moreTroubles()).isZero();
    assertThat(later.reached()).as("of another wave").isZero();
  }

  @Test
  void whoWasStalledAndFailedStaysATroubleThatAPersonMayHaveSeen() {
    Tally stalled = with(Tally.NONE, "a", Outcome.STALLED).asSeen();
    TenantEnd held = new TenantEnd(Outcome.NEEDS_ATTENTION, null, "It is held.", 900L);

    Tally ended = stalled.withEndOfStalled("a", held, true, false);

    assertThat(ended.counts()).isEqualTo(Map.of(Outcome.NEEDS_ATTENTION, 1));
    assertThat(ended.troubles())
        .containsExactly(new Trouble("a", Outcome.NEEDS_ATTENTION, null, false, true));
  }

  @Test
  void whoFallsIllIsOneTroubleThoughItWasStalledBefore() {
    TenantEnd success = new TenantEnd(Outcome.SUCCESS, null, null, 900L);
    Tally upgraded =
        with(Tally.NONE, "a", Outcome.STALLED).withEndOfStalled("a", success, true, true).asSeen();

    Tally ill = upgraded.withFailedLate("a", true, ORDER.limits());

    assertThat(ill.counts()).isEqualTo(Map.of(Outcome.FAILED_LATE, 1));
    assertThat(ill.reached()).isZero();
    assertThat(ill.troubles())
        .containsExactly(new Trouble("a", Outcome.FAILED_LATE, null, true, false));
  }

  private static Tally with(Tally tally, String tenant, Outcome outcome) {
    return tally.withEnd(tenant, new TenantEnd(outcome, null, null, null), false, ORDER);
  }

  private static RolloutOrder order(RehearsalMode mode) {
    return new RolloutOrder(
        new UUID(0, 1),
        Tag.of("v0.3.0"),
        List.of(new Wave("all", 3, false, 0, false)),
        new Limits(1, 1, FailureLimit.NONE, true),
        mode,
        "test");
  }
}
