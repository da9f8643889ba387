package dev.uplift.health;

import dev.uplift.host.StepCancelled;
import dev.uplift.profile.HealthCheck;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Measures downtime as a client sees it: from the last good answer before the first service went
 * away to the first good answer after which all were back.
 *
 * <p>Its two ends are watched apart, by two steps. The worker may be another one in between, so the
 * first end goes into the upgrade's notes, and the second can be taken from the health checks.
 */
public final class DowntimeMeter {
  private static final Duration FIRST_ROUND = Duration.ofMillis(500);
  private final Probe probe;
  private final Map<UUID, AnswerWatch> comingUp = new ConcurrentHashMap<>();

  public DowntimeMeter(Probe probe) {
    this.probe = probe;
  }

  /** Watches services that are about to be stopped. Every check was made once when it returns. */
  public GoingDown watchGoingDown(List<HealthCheck> checks, Duration timeout, Duration limit) {
    AnswerWatch watch = AnswerWatch.start(probe, checks, timeout, false, limit);
    try {
      watch.awaitFirstRound(FIRST_ROUND);
    } catch (InterruptedException e) {
      watch.close();
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    }
    return new GoingDown(watch);
  }

  /** A watch over services that go away. */
  public static final class GoingDown implements AutoCloseable {
    private final AnswerWatch watch;

    private GoingDown(AnswerWatch watch) {
      this.watch = watch;
    }

    /** Whether every check was good since the watch began. */
    public boolean allAnswered() {
      return watch.lastGood().stream().allMatch(Optional::isPresent);
    }

    /**
     * The last good answer of the check that failed first; checks that were never good are left
     * out.
     */
    public Optional<Instant> lastGood() {
      return watch.lastGood().stream().flatMap(Optional::stream).min(Instant::compareTo);
    }

    @Override
    public void close() {
      watch.close();
    }
  }

  /** Watches services that are being started until each answered well, or {@link #end}. */
  public void watchComingUp(
      UUID upgradeId, List<HealthCheck> checks, Duration timeout, Duration limit) {
    AnswerWatch watch = AnswerWatch.start(probe, checks, timeout, true, limit);
    AnswerWatch earlier = comingUp.put(upgradeId, watch);
    if (earlier != null) {
      earlier.close();
    }
  }

  /**
   * When each check was first good since {@link #watchComingUp}, in the order given there; empty if
   * this worker does not watch the upgrade.
   */
  public List<Optional<Instant>> firstGood(UUID upgradeId) {
    AnswerWatch watch = comingUp.get(upgradeId);
    return watch == null ? List.of() : watch.firstGood();
  }

  public void end(UUID upgradeId) {
    AnswerWatch watch = comingUp.remove(upgradeId);
    if (watch != null) {
      watch.close();
    }
  }

  /**
   * @param lastGood empty if nothing was answered before the stop
   * @param firstGood one for each check
   * @return null if there is no downtime to speak of
   */
  public static Long downtimeMillis(Optional<Instant> lastGood, Collection<Instant> firstGood) {
    return lastGood
        .flatMap(
            from ->
                firstGood.stream()
                    .max(Instant::compareTo)
                    .map(to -> Math.max(0, Duration.between(from, to).toMillis())))
        .orElse(null);
  }
}
