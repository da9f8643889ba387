package dev.uplift.api.notify;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** When an attempt that failed is repeated. */
record Retries(Duration first, Duration giveUpAfter) {
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  /**
   * @param attempts how many there were
   * @param notBefore when the receiver wants to be asked again at the earliest, which is heeded up
   *     to the longest pause; null if it did not say
   * @return empty if there is to be none any more
   */
  Optional<Instant> next(int attempts, Instant created, Instant now, Instant notBefore) {
    Duration pause = first;
    for (int i = 1; i < attempts && pause.compareTo(LONGEST_PAUSE) < 0; i++) {
      pause = pause.multipliedBy(2);
    }
    Instant next = now.plus(pause);
    if (notBefore != null && notBefore.isAfter(next)) {
      next = notBefore;
    }
    Instant latest = now.plus(LONGEST_PAUSE);
    if (next.isAfter(latest)) {
      next = latest;
    }
    return next.isAfter(created.plus(giveUpAfter)) ? Optional.empty() : Optional.of(next);
  }
}
