package dev.uplift.cli.console;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/** How long something is waited for. */
public final class Deadline {
  private final long endNanos;

  private Deadline(Duration length) {
    this.endNanos = System.nanoTime() + length.toNanos();
  }

  public static Deadline in(Duration length) {
    return new Deadline(length);
  }

  private boolean isOver() {
    return System.nanoTime() - endNanos >= 0;
  }

  /** Asks again and again until there is an answer; empty when there was none in time. */
  public <T> Optional<T> poll(Duration pause, Callable<Optional<T>> question) throws Exception {
    while (true) {
      Optional<T> answer = question.call();
      if (answer.isPresent() || isOver()) {
        return answer;
      }
      Thread.sleep(pause.toMillis());
    }
  }
}
