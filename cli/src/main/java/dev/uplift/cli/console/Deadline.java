package dev.uplift.cli.console;

import java.time.Duration;
import java.util.Optional;

/** How long something is waited for. */
public final class Deadline {
  private final long endNanos;

  /** What is asked again for as long as there is no answer. */
  public interface Question<T> {
    Optional<T> ask() throws InterruptedException;
  }

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
  public <T> Optional<T> poll(Duration pause, Question<T> question) throws InterruptedException {
    while (true) {
      Optional<T> answer = question.ask();
      if (answer.isPresent() || isOver()) {
        return answer;
      }
      Thread.sleep(pause.toMillis());
    }
  }
}
