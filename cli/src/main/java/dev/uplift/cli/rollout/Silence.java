package dev.uplift.cli.rollout;

import java.time.Duration;
import java.util.Timer;
import java.util.TimerTask;

/** Ends what is waited for when nothing comes for longer than it should. */
final class Silence implements AutoCloseable {
  private final Duration atMost;
  private final Runnable end;
  private final Timer timer = new Timer("silence", true);
  private TimerTask next;

  /**
   * @param end ends the wait; is called on another thread
   */
  Silence(Duration atMost, Runnable end) {
    this.atMost = atMost;
    this.end = end;
    broken();
  }

  /** Something came. */
  void broken() {
    if (next != null) {
      next.cancel();
    }
    next =
        new TimerTask() {
          @Override
          public void run() {
            end.run();
          }
        };
    timer.schedule(next, atMost.toMillis());
  }

  @Override
  public void close() {
    timer.cancel();
  }
}
