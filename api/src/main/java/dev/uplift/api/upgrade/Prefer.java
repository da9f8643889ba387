package dev.uplift.api.upgrade;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How long a caller wants to wait, as the header {@code Prefer} of RFC 7240 says it. What is not
 * understood is ignored, as that RFC has it.
 *
 * @param waitFor empty: until the end
 */
record Prefer(Optional<Duration> waitFor) {
  private static final Duration LONGEST = Duration.ofHours(1);

  static Prefer of(List<String> headers) {
    boolean respondAsync = false;
    Optional<Duration> wait = Optional.empty();
    for (String preference : String.join(",", headers == null ? List.of() : headers).split(",")) {
      String[] parts = preference.split(";", 2)[0].split("=", 2);
      String name = parts[0].strip().toLowerCase(Locale.ROOT);
      String value = parts.length < 2 ? "" : parts[1].strip().replace("\"", "");
      if (name.equals("respond-async")) {
        respondAsync = true;
      } else if (name.equals("wait") && value.matches("[0-9]{1,9}")) {
        wait = Optional.of(Duration.ofSeconds(Long.parseLong(value)));
      }
    }
    if (respondAsync && wait.isEmpty()) {
      return new Prefer(Optional.of(Duration.ZERO));
    }
    return new Prefer(wait.map(given -> given.compareTo(LONGEST) > 0 ? LONGEST : given));
  }

  /** What the answer says was heeded. */
  String applied() {
    Duration given = waitFor.orElseThrow();
    return given.isZero() ? "respond-async" : "wait=" + given.toSeconds();
  }
}
