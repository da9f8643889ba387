package dev.uplift.journal;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * What journals cost: lines, and the time until each of them was on the disk. Tenants are down
 * while most of it is spent.
 */
final class JournalEffort {
  private final LongAdder lines = new LongAdder();
  private final LongAdder nanos = new LongAdder();

  void spent(long nanosOnOneLine) {
    lines.increment();
    nanos.add(nanosOnOneLine);
  }

  long lines() {
    return lines.sum();
  }

  Duration time() {
    return Duration.ofNanos(nanos.sum());
  }
}
