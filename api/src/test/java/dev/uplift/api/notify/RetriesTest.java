package dev.uplift.api.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RetriesTest {
  private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");
  private final Retries retries = new Retries(Duration.ofSeconds(10), Duration.ofDays(1));

  @Test
  void pausesDoubleUpToAnHour() {
    assertThat(pauses()).startsWith(10L, 20L, 40L, 80L, 160L, 320L, 640L, 1280L, 2560L, 3600L);
    assertThat(pauses().subList(9, pauses().size())).containsOnly(3600L);
  }

  @Test
  void afterADayItIsGivenUp() {
    long all = pauses().stream().mapToLong(pause -> pause).sum();

    assertThat(all).isBetween(23 * 3600L, 24 * 3600L);
  }

  @Test
  void aClockThatWasSetForwardEndsIt() {
    assertThat(retries.next(1, CREATED, CREATED.plus(Duration.ofDays(2)), null)).isEmpty();
  }

  @Test
  void aReceiverThatWantsToBeLeftAloneIsUpToAnHour() {
    assertThat(pauseIfAskedFor(Duration.ofMinutes(5))).isEqualTo(Duration.ofMinutes(5));
    assertThat(pauseIfAskedFor(Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(10));
    assertThat(pauseIfAskedFor(Duration.ofDays(10))).isEqualTo(Duration.ofHours(1));
    assertThat(pauseIfAskedFor(Duration.ofDays(-1))).isEqualTo(Duration.ofSeconds(10));
  }

  private Duration pauseIfAskedFor(Duration asked) {
    return Duration.between(
        CREATED, retries.next(1, CREATED, CREATED, CREATED.plus(asked)).orElseThrow());
  }

  private List<Long> pauses() {
    List<Long> pauses = new ArrayList<>();
    Instant now = CREATED;
    for (int attempts = 1; ; attempts++) {
      Optional<Instant> next = retries.next(attempts, CREATED, now, null);
      if (next.isEmpty()) {
        return pauses;
      }
      pauses.add(Duration.between(now, next.get()).toSeconds());
      now = next.get();
    }
  }
}
