package dev.uplift.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/** How long something is waited for. */
final class Deadline {
  private final long endNanos;

  private Deadline(Duration length) {
    this.endNanos = System.nanoTime() + length.toNanos();
  }

  static Deadline in(Duration length) {
    return new Deadline(length);
  }

  private boolean isOver() {
    return System.nanoTime() - endNanos >= 0;
  }

  /** Asks again and again until there is an answer; empty when there was none in time. */
  <T> Optional<T> poll(Duration pause, Callable<Optional<T>> question) throws Exception {
    while (true) {
      Optional<T> answer = question.call();
      if (answer.isPresent() || isOver()) {
        return answer;
      }
      Thread.sleep(pause.toMillis());
    }
  }
}
