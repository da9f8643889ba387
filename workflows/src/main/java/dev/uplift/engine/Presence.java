package dev.uplift.engine;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the engine answers: logged when that changes, and not for every call that failed. */
final class Presence {
  private static final Logger log = LoggerFactory.getLogger(Engine.class);
  private static final Pattern NUMBERS = Pattern.compile("[0-9]+");
  private static final Duration REPEATED_AFTER = Duration.ofMinutes(5);

  private final String target;
  private final LongSupplier nanoTime;
  private String problem;
  private long awaySince;
  private long toldAt;

  Presence(String target, LongSupplier nanoTime) {
    this.target = target;
    this.nanoTime = nanoTime;
  }

  synchronized void seen() {
    if (problem != null) {
      log.info("engine at {} answers again, after {} s", target, since(awaySince).toSeconds());
    }
    problem = null;
  }

  synchronized void missed(String why) {
    if (problem == null) {
      awaySince = nanoTime.getAsLong();
    }
    if (!alike(why, problem) || since(toldAt).compareTo(REPEATED_AFTER) >= 0) {
      log.warn("engine at {} cannot be used: {}", target, why);
      toldAt = nanoTime.getAsLong();
    }
    problem = why;
  }

  // Times and ports in a message differ from call to call.
  private static boolean alike(String one, String other) {
    return other != null
        && NUMBERS.matcher(one).replaceAll("").equals(NUMBERS.matcher(other).replaceAll(""));
  }

  synchronized Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  private Duration since(long nanos) {
    return Duration.ofNanos(nanoTime.getAsLong() - nanos);
  }
}
