package dev.uplift.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.host.Cancellation;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a unit printed, and what systemd says about it, from systemd's journal. */
final class UnitJournal {
  /** Before what systemd says, so that it is told from what the service printed. */
  static final String BY_SYSTEMD = "systemd: ";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LINES_READ = 500;
  private static final int LOOKS = 10;
  private static final Duration PAUSE = Duration.ofMillis(100);

  /**
   * The last part of the log since then. The journal trails behind what a service prints, so it is
   * read until nothing is added.
   */
  String since(UnitName unit, Instant since, int maxBytes) {
    String log = read(unit, since);
    for (int look = 1; look < LOOKS; look++) {
      Cancellation.NEVER.pause(PAUSE);
      String later = read(unit, since);
      if (later.equals(log)) {
        break;
      }
      log = later;
    }
    return tail(log, maxBytes);
  }

  private static String read(UnitName unit, Instant since) {
    String service = Systemctl.service(unit);
    Systemctl.Outcome outcome =
        Systemctl.run(
            List.of(
                "journalctl",
                "--no-pager",
                "--output=json",
                "--output-fields=MESSAGE,UNIT,_SYSTEMD_UNIT",
                "--lines=" + LINES_READ,
                "--since=@%d.%03d".formatted(since.getEpochSecond(), since.getNano() / 1_000_000),
                // What its processes print; or what systemd and its children say about it.
                "_SYSTEMD_UNIT=" + service,
                "+",
                "_UID=0",
                "UNIT=" + service),
            PATIENCE);
    String log = text(outcome.output(), service);
    return log.isEmpty() && outcome.errors().contains("permission")
        ? BY_SYSTEMD
            + "the worker may not read the journal; `uplift host prepare` adds its user to the"
            + " group systemd-journal\n"
        : log;
  }

  /** The messages of entries as {@code journalctl --output=json} prints them. */
  static String text(String entries, String service) {
    StringBuilder text = new StringBuilder();
    for (String line : entries.lines().toList()) {
      entry(line)
          .ifPresent(
              entry -> {
                // Its child that could not become the service counts as the unit's own process.
                boolean own =
                    entry.path("_SYSTEMD_UNIT").asText().equals(service) && !entry.has("UNIT");
                for (String part : message(entry).lines().toList()) {
                  text.append(own ? "" : BY_SYSTEMD).append(part).append('\n');
                }
              });
    }
    return text.toString();
  }

  private static Optional<JsonNode> entry(String line) {
    try {
      return Optional.of(JSON.readTree(line)).filter(JsonNode::isObject);
    } catch (JsonProcessingException cutOff) {
      return Optional.empty();
    }
  }

  /** Text is a string, anything else a list of bytes, and what is too long is left out. */
  private static String message(JsonNode entry) {
    JsonNode message = entry.path("MESSAGE");
    if (!message.isArray()) {
      return message.asText("");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    message.forEach(one -> bytes.write(one.asInt()));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** Whole lines, as many of the last ones as fit; of a last one that does not fit, its end. */
  static String tail(String text, int maxBytes) {
    List<String> lines = text.lines().toList();
    List<String> kept = new ArrayList<>();
    int bytes = 0;
    for (int i = lines.size() - 1; i >= 0; i--) {
      bytes += lines.get(i).getBytes(StandardCharsets.UTF_8).length + 1;
      if (bytes > maxBytes) {
        break;
      }
      kept.add(0, lines.get(i) + "\n");
    }
    return kept.isEmpty() && !lines.isEmpty()
        ? text.substring(Math.max(0, text.length() - maxBytes))
        : String.join("", kept);
  }
}
