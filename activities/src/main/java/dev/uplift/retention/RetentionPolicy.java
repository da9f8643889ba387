package dev.uplift.retention;

import dev.uplift.backup.StoredKind;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * How long what upgrades leave is kept on this host.
 *
 * @param automatic whether the host prunes by itself
 */
public record RetentionPolicy(boolean automatic, Map<StoredKind, Limits> limits) {
  /** Longer than a rehearsal takes; whatever is in scratch is worth nothing after that. */
  private static final Limits SCRATCH = new Limits(0, Duration.ofDays(1), Long.MAX_VALUE);

  /** An upgrade may wait for its cutover as long as its host has no worker. */
  private static final Limits PREPARATIONS = new Limits(0, Duration.ofDays(30), Long.MAX_VALUE);

  public RetentionPolicy {
    Map<StoredKind, Limits> all = new EnumMap<>(StoredKind.class);
    all.putAll(limits);
    all.putIfAbsent(StoredKind.SCRATCH, SCRATCH);
    all.putIfAbsent(StoredKind.PREPARATION, PREPARATIONS);
    for (StoredKind kind : StoredKind.values()) {
      if (!all.containsKey(kind)) {
        throw new IllegalArgumentException("it is not said how long a " + kind + " is kept");
      }
    }
    limits = Map.copyOf(all);
  }

  Limits of(StoredKind kind) {
    return limits.get(kind);
  }
}
