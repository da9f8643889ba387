package dev.uplift.api.notify;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** The header {@code Retry-After}: a number of seconds, or a date of HTTP. */
final class RetryAfter {
  private RetryAfter() {}

  /** The time that is meant; null if there is none, or none that can be understood. */
  static Instant of(Optional<String> header, Instant now) {
    String value = header.orElse("").strip();
    if (value.matches("[0-9]{1,9}")) {
      return now.plusSeconds(Long.parseLong(value));
    }
    try {
      return DateTimeFormatter.RFC_1123_DATE_TIME.parse(value, Instant::from);
    } catch (DateTimeException notUnderstood) {
      return null;
    }
  }
}
