package dev.uplift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeIsUpTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

  @ParameterizedTest
  @CsvSource({
    // 1795953600 is noon of that day.
    "full, , true",
    "full, 1795953601, true",
    "full, 1795953600, false",
    "full, 1795950000, false",
    "alone, 1795950000, true",
  })
  void whatTakesLongAndWouldBeginLaterIsSkipped(String tag, String until, boolean runs) {
    assertThat(TimeIsUp.decide(Set.of(tag), until, NOW).isDisabled()).isEqualTo(!runs);
  }
}
