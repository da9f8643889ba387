package dev.uplift.api.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void secondsAreCountedFromNow() {
    assertThat(RetryAfter.of(Optional.of("120"), NOW))
        .isEqualTo(Instant.parse("2026-01-01T00:02:00Z"));
  }

  @Test
  void aDateIsMeantAsItIs() {
    assertThat(RetryAfter.of(Optional.of("Wed, 21 Oct 2026 07:28:00 GMT"), NOW))
        .isEqualTo(Instant.parse("2026-10-21T07:28:00Z"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-5", "1.5", "99999999999", "2026-01-01T00:00:00Z"})
  void whatIsNotUnderstoodIsIgnored(String header) {
    assertThat(RetryAfter.of(Optional.of(header), NOW)).isNull();
    assertThat(RetryAfter.of(Optional.empty(), NOW)).isNull();
  }
}
