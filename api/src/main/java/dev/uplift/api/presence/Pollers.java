package dev.uplift.api.presence;

import dev.uplift.engine.WorkerIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Who has taken work from a queue within the last minutes, as the engine remembers it. Times are
 * compared with each other only: the engine's clock need not be ours.
 */
record Pollers(List<Poller> all) {
  // A worker that is there asks at least once a minute.
  private static final Duration IS_THERE = Duration.ofSeconds(70);

  /**
   * @param lastSeen when it last asked for work
   */
  record Poller(String identity, Instant lastSeen) {}

  /** The machines whose workers are there now. */
  Set<String> machines() {
    Instant newest =
        all.stream().map(Poller::lastSeen).max(Instant::compareTo).orElse(Instant.EPOCH);
    return all.stream()
        .filter(poller -> poller.lastSeen().isAfter(newest.minus(IS_THERE)))
        .flatMap(poller -> WorkerIdentity.parse(poller.identity()).stream())
        .map(WorkerIdentity::machine)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
