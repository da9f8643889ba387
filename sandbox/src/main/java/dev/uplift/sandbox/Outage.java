package dev.uplift.sandbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A time during which a tenant was not wholly there for its users, in nanoseconds of one clock.
 *
 * @param startNanos the last moment when all services were good
 * @param endNanos the first moment when all were good again; null if they are not yet
 */
record Outage(long startNanos, Long endNanos) {

  /** An answer, or its absence, at the moment when it was known. */
  record Observation(String service, long atNanos, boolean good) {}

  /**
   * What a client sees over all services.
   *
   * @param observations in the order of their times
   */
  static List<Outage> in(List<Observation> observations) {
    List<Outage> outages = new ArrayList<>();
    Map<String, Long> lastGood = new HashMap<>();
    Set<String> bad = new HashSet<>();
    long start = 0;
    for (Observation seen : observations) {
      if (seen.good()) {
        if (bad.remove(seen.service()) && bad.isEmpty()) {
          outages.add(new Outage(start, seen.atNanos()));
        }
        lastGood.put(seen.service(), seen.atNanos());
      } else if (!bad.contains(seen.service())) {
        long since = lastGood.getOrDefault(seen.service(), seen.atNanos());
        start = bad.isEmpty() ? since : Math.min(start, since);
        bad.add(seen.service());
      }
    }
    if (!bad.isEmpty()) {
      outages.add(new Outage(start, null));
    }
    return outages;
  }

  boolean isOver() {
    return endNanos != null;
  }

  Duration duration() {
    return Duration.ofNanos(endNanos - startNanos);
  }
}
