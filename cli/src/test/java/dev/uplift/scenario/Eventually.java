package dev.uplift.scenario;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;

/** Waits for something that will be true, but not for ever. */
public final class Eventually {
  private static final long POLL_MILLIS = 20;

  private Eventually() {}

  public static void within(Duration patience, String what, Callable<Boolean> isTrue)
      throws Exception {
    Instant deadline = Instant.now().plus(patience);
    Exception last = null;
    while (Instant.now().isBefore(deadline)) {
      try {
        if (isTrue.call()) {
          return;
        }
      } catch (java.io.IOException notYet) {
        last = notYet;
      }
      Thread.sleep(POLL_MILLIS);
    }
    throw new AssertionError("not within " + patience + ": " + what, last);
  }
}
