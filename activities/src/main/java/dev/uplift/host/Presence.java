package dev.uplift.host;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * When somebody last worked on each upgrade: while an activity of it is alive, the engine is in
 * charge.
 */
public final class Presence {
  private final Clock clock;
  private final Instant since;
  private final Map<UUID, Instant> lastSeen = new ConcurrentHashMap<>();

  public Presence(Clock clock) {
    this.clock = clock;
    this.since = clock.instant();
  }

  public void seen(UUID upgradeId) {
    lastSeen.put(upgradeId, clock.instant());
  }

  /**
   * For how long nobody has worked on an upgrade; counted from the start of the worker if nobody
   * has yet.
   *
   * @param written when somebody wrote into the upgrade's journal, who may be another worker; a
   *     time that has not come yet is that of a clock which was set back, and does not count
   */
  public Duration silence(UUID upgradeId, Instant written) {
    Instant now = clock.instant();
    Instant last = lastSeen.getOrDefault(upgradeId, since);
    return Duration.between(written.isAfter(last) && !written.isAfter(now) ? written : last, now);
  }

  /** Whether somebody worked on an upgrade not longer ago than that. */
  public boolean seenWithin(UUID upgradeId, Duration ago) {
    Instant last = lastSeen.get(upgradeId);
    return last != null && Duration.between(last, clock.instant()).compareTo(ago) <= 0;
  }

  public void forget(UUID upgradeId) {
    lastSeen.remove(upgradeId);
  }
}
