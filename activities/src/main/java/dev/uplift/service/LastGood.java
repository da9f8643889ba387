package dev.uplift.service;

import dev.uplift.journal.Journal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When the last good answer came before a stop, by the clock and by the time since the kernel was
 * booted. The clock may be set before the services are back; what somebody reads as downtime must
 * not jump with it.
 *
 * @param uptime of the kernel with that boot id, when the answer came
 */
record LastGood(Instant at, String bootId, Duration uptime) {
  private static final Path UPTIME = Path.of("/proc/uptime");

  /** Less is how a clock is disciplined, or how long it took to read both. */
  private static final Duration TOLERANCE = Duration.ofSeconds(1);

  /** Now, as all that can be read of it. */
  static LastGood now() {
    try {
      String seconds = Files.readString(UPTIME).split(" ")[0];
      return new LastGood(
          Instant.now(),
          Journal.currentBootId(),
          Duration.ofMillis(Math.round(Double.parseDouble(seconds) * 1000)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What an answer that came shortly before this is noted as. */
  LastGood earlier(Instant answered) {
    return new LastGood(answered, bootId, uptime.minus(Duration.between(answered, at)));
  }

  String note() {
    return at.toEpochMilli() + " " + bootId + " " + uptime.toMillis();
  }

  static LastGood of(String note) {
    String[] words = note.split(" ");
    return new LastGood(
        Instant.ofEpochMilli(Long.parseLong(words[0])),
        words[1],
        Duration.ofMillis(Long.parseLong(words[2])));
  }

  /**
   * When the answer came, by the clock as it is now.
   *
   * @param now as {@link #now} says; after a reboot there is only the clock to go by
   */
  Instant by(LastGood now) {
    if (!now.bootId().equals(bootId)) {
      return at;
    }
    Duration passed = now.uptime().minus(uptime);
    Duration set = Duration.between(at, now.at()).minus(passed);
    return set.abs().compareTo(TOLERANCE) > 0 ? now.at().minus(passed) : at;
  }

  static Optional<Instant> in(Optional<String> note) {
    return note.map(text -> of(text).by(now()));
  }
}
