package dev.uplift.host;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * When somebody last worked on each upgrade: while an activity of it is alive, the engine is in
 * charge. Counted by a clock that nobody sets: one that is set forward must not make a live upgrade
 * look dead, nor one that is set back a dead one live.
 */
public final class Presence {
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final long sinceNanos;
  private final Map<UUID, Long> lastSeenNanos = new ConcurrentHashMap<>();
  private final Map<UUID, Look> looks = new ConcurrentHashMap<>();

  private record Look(long length, long atNanos) {}

  /**
   * @param clock the one by which other workers date what they write
   */
  public Presence(Clock clock) {
    this(clock, System::nanoTime);
  }

  Presence(Clock clock, LongSupplier nanoTime) {
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.sinceNanos = nanoTime.getAsLong();
  }

  public void seen(UUID upgradeId) {
    lastSeenNanos.put(upgradeId, nanoTime.getAsLong());
  }

  /**
   * A journal that is not as long as when it was looked at before was written by somebody since
   * then.
   */
  void looked(UUID upgradeId, long journalLength) {
    Look before = looks.put(upgradeId, new Look(journalLength, nanoTime.getAsLong()));
    if (before != null && before.length() != journalLength) {
      lastSeenNanos.merge(upgradeId, before.atNanos(), (one, other) -> one > other ? one : other);
    }
  }

  /**
   * For how long nobody has worked on an upgrade; counted from the start of the worker if nobody
   * has yet.
   *
   * @param written when somebody wrote into the upgrade's journal, who may be another worker; a
   *     time that has not come yet is that of a clock which was set back, and does not count
   */
  public Duration silence(UUID upgradeId, Instant written) {
    Duration own = since(lastSeenNanos.getOrDefault(upgradeId, sinceNanos));
    Duration told = Duration.between(written, clock.instant());
    return told.isNegative() || told.compareTo(own) > 0 ? own : told;
  }

  /** Whether somebody worked on an upgrade not longer ago than that. */
  public boolean seenWithin(UUID upgradeId, Duration ago) {
    Long last = lastSeenNanos.get(upgradeId);
    return last != null && since(last).compareTo(ago) <= 0;
  }

  private Duration since(long nanos) {
    return Duration.ofNanos(nanoTime.getAsLong() - nanos);
  }
}
