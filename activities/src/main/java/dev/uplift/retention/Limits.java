package dev.uplift.retention;

import java.time.Duration;
import java.util.Objects;

/**
 * How much of one kind is kept: the newest {@code count}, and all that is younger than {@code age};
 * of these the newest that together have no more than {@code bytes}.
 */
public record Limits(int count, Duration age, long bytes) {
  private static final Duration LONGEST = Duration.ofDays(36_500);

  public Limits {
    Objects.requireNonNull(age, "age");
    if (age.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("an age is at most " + LONGEST.toDays() + " days: " + age);
    }
    if (count < 0 || age.isNegative() || bytes < 0) {
      throw new IllegalArgumentException(
          "limits are not negative: count " + count + ", age " + age + ", bytes " + bytes);
    }
  }
}
