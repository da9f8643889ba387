package dev.uplift.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LastGoodTest {
  private static final Instant NINE = Instant.parse("2026-11-28T09:00:00Z");
  private static final LastGood ANSWER = new LastGood(NINE, "boot", Duration.ofHours(5));

  @Test
  void aClockThatNobodySetIsBelieved() {
    assertThat(ANSWER.by(laterBy(Duration.ofSeconds(3), Duration.ofMillis(3_400)))).isEqualTo(NINE);
  }

  @Test
  void aClockThatWasSetAheadIsCorrected() {
    LastGood now = laterBy(Duration.ofDays(1).plusSeconds(3), Duration.ofSeconds(3));

    assertThat(ANSWER.by(now)).isEqualTo(NINE.plus(Duration.ofDays(1)));
    assertThat(Duration.between(ANSWER.by(now), now.at())).hasSeconds(3);
  }

  @Test
  void aClockThatWasSetBackIsCorrected() {
    LastGood now = laterBy(Duration.ofHours(-3).plusSeconds(3), Duration.ofSeconds(3));

    assertThat(ANSWER.by(now)).isEqualTo(NINE.minus(Duration.ofHours(3)));
    assertThat(Duration.between(ANSWER.by(now), now.at())).hasSeconds(3);
  }

  @Test
  void afterARebootThereIsOnlyTheClock() {
    LastGood now = new LastGood(NINE.plusSeconds(90), "another", Duration.ofSeconds(20));

    assertThat(ANSWER.by(now)).isEqualTo(NINE);
  }

  @Test
  void anAnswerOfShortlyBeforeIsNotedAndReadAgain() {
    LastGood answered = ANSWER.earlier(NINE.minusMillis(250));

    assertThat(answered.uptime()).isEqualTo(Duration.ofHours(5).minusMillis(250));
    assertThat(LastGood.of(answered.note())).isEqualTo(answered);
  }

  @Test
  void thisKernelTellsItsUptime() {
    LastGood before = LastGood.now();
    LastGood after = LastGood.now();

    assertThat(after.bootId()).isEqualTo(before.bootId());
    assertThat(after.uptime()).isGreaterThanOrEqualTo(before.uptime());
  }

  private static LastGood laterBy(Duration byTheClock, Duration really) {
    return new LastGood(NINE.plus(byTheClock), "boot", Duration.ofHours(5).plus(really));
  }
}
