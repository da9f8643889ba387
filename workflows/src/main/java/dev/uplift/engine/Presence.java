package dev.uplift.engine;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/** Whether the engine answers: told when that changes, and not for every call that failed. */
final class Presence {
  private static final Pattern NUMBERS = Pattern.compile("[0-9]+");
  private static final Duration REPEATED_AFTER = Duration.ofMinutes(5);

  private final LongSupplier nanoTime;
  private final Consumer<String> log;
  private String problem;
  private long awaySince;
  private long toldAt;

  /**
   * @param log receives what is to be told about the engine
   */
  Presence(LongSupplier nanoTime, Consumer<String> log) {
    this.nanoTime = nanoTime;
    this.log = log;
  }

  synchronized void seen() {
    if (problem != null) {
      log.accept("answers again, after " + since(awaySince).toSeconds() + " s");
    }
    problem = null;
  }

  synchronized void missed(String why) {
    if (problem == null) {
      awaySince = nanoTime.getAsLong();
    }
    if (!alike(why, problem) || since(toldAt).compareTo(REPEATED_AFTER) >= 0) {
      log.accept("cannot be used: " + why);
      toldAt = nanoTime.getAsLong();
    }
    problem = why;
  }

  synchronized Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  // Times and ports in a message differ from call to call.
  private static boolean alike(String one, String other) {
    return other != null && withoutNumbers(one).equals(withoutNumbers(other));
  }

  private static String withoutNumbers(String message) {
    return NUMBERS.matcher(message).replaceAll("");
  }

  private Duration since(long nanos) {
    return Duration.ofNanos(nanoTime.getAsLong() - nanos);
  }
}
