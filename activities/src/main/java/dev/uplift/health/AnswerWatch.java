package dev.uplift.health;

import dev.uplift.profile.HealthCheck;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Asks each check again and again, as an impatient client would, and remembers when it was good.
 */
final class AnswerWatch implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(10);
  private final List<OneCheck> watched = new ArrayList<>();
  private final CountDownLatch firstRound;
  private volatile boolean closed;

  /**
   * @param untilGood whether a check that was answered well is left alone from then on
   * @param limit after which the watch ends by itself
   */
  static AnswerWatch start(
      Probe probe, List<HealthCheck> checks, Duration timeout, boolean untilGood, Duration limit) {
    AnswerWatch watch = new AnswerWatch(checks.size());
    for (HealthCheck check : checks) {
      OneCheck one = watch.new OneCheck(probe, check, timeout, untilGood, limit);
      watch.watched.add(one);
      one.thread.start();
    }
    return watch;
  }

  private AnswerWatch(int checks) {
    firstRound = new CountDownLatch(checks);
  }

  /** Waits until every check was made once, at most {@code limit}. */
  void awaitFirstRound(Duration limit) throws InterruptedException {
    firstRound.await(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** For each check, in the order given, when it was first good since the watch began. */
  List<Optional<Instant>> firstGood() {
    return watched.stream().map(one -> Optional.ofNullable(one.firstGood)).toList();
  }

  /** For each check, in the order given, when it was last good. */
  List<Optional<Instant>> lastGood() {
    return watched.stream().map(one -> Optional.ofNullable(one.lastGood)).toList();
  }

  @Override
  public void close() {
    closed = true;
    watched.forEach(one -> one.thread.interrupt());
  }

  private final class OneCheck implements Runnable {
    private final Probe probe;
    private final HealthCheck check;
    private final Duration timeout;
    private final boolean untilGood;
    private final long endNanos;
    private final Thread thread;
    private volatile Instant firstGood;
    private volatile Instant lastGood;

    OneCheck(Probe probe, HealthCheck check, Duration timeout, boolean untilGood, Duration limit) {
      this.probe = probe;
      this.check = check;
      this.timeout = timeout;
      this.untilGood = untilGood;
      this.endNanos = System.nanoTime() + limit.toNanos();
      this.thread = new Thread(this, "downtime-watch");
      thread.setDaemon(true);
    }

    @Override
    public void run() {
      try {
        while (!closed && endNanos - System.nanoTime() > 0) {
          Answer answer = probe.get(check.url(), timeout);
          if (HealthVerdict.of(check, answer, null).isOk()) {
            firstGood = firstGood == null ? answer.at() : firstGood;
            lastGood = answer.at();
          }
          firstRound.countDown();
          if (untilGood && firstGood != null) {
            return;
          }
          Thread.sleep(PAUSE.toMillis());
        }
      } catch (InterruptedException watchIsOver) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
