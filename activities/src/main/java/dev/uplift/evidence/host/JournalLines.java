package dev.uplift.evidence.host;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The lines of a journal as a person reads them. Whatever is in them is told, also what another
 * version of this program wrote.
 *
 * @param cut how many were left out, after the first one
 */
record JournalLines(List<Map<String, Object>> lines, int cut) {
  /** Of all lines, as they are in an answer. */
  static final int MAX_BYTES = 128 * 1024;

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Without secrets; of a long journal the first line, which says what was to be done, and the last
   * ones.
   */
  static JournalLines told(List<String> raw) {
    if (raw.isEmpty()) {
      return new JournalLines(List.of(), 0);
    }
    Map<String, Object> first = clean(parsed(raw.get(0)));
    Deque<Map<String, Object>> last = new ArrayDeque<>();
    int bytes = length(first);
    int from = raw.size();
    while (from > 1) {
      Map<String, Object> line = clean(parsed(raw.get(from - 1)));
      bytes += length(line);
      if (bytes > MAX_BYTES) {
        break;
      }
      last.addFirst(line);
      from--;
    }
    last.addFirst(first);
    return new JournalLines(List.copyOf(last), from - 1);
  }

  /** When the upgrade turned back; or else when it began to stop the services. */
  static Optional<Instant> latestTurn(List<String> raw) {
    return at(raw, "event", "BACK").or(() -> stop(raw));
  }

  /** When the upgrade began to stop the services; empty if it never came so far. */
  static Optional<Instant> stop(List<String> raw) {
    return at(raw, "step", "STOP_SERVICES");
  }

  private static Optional<Instant> at(List<String> raw, String key, String value) {
    return raw.stream()
        .map(JournalLines::parsed)
        .filter(line -> value.equals(line.get(key)))
        .findFirst()
        .map(line -> String.valueOf(line.get("at")))
        .flatMap(JournalLines::instant);
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException notOfThisVersion) {
      return Optional.empty();
    }
  }

  private static Map<String, Object> parsed(String line) {
    try {
      return JSON.readValue(line, new TypeReference<LinkedHashMap<String, Object>>() {});
    } catch (JsonProcessingException damaged) {
      return Map.of("unreadable", line);
    }
  }

  private static Map<String, Object> clean(Map<?, ?> line) {
    Map<String, Object> clean = new LinkedHashMap<>();
    line.forEach(
        (key, value) ->
            clean.put(Excerpt.name(String.valueOf(key)), clean(String.valueOf(key), value)));
    return clean;
  }

  private static Object clean(String key, Object value) {
    if (value instanceof Map<?, ?> map) {
      return clean(map);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(one -> clean(key, one)).toList();
    }
    return value instanceof String text ? clean(key, text) : value;
  }

  // A value may be a secret for no other reason than its name.
  private static String clean(String key, String text) {
    String named = key + "=";
    String clean = Excerpt.of(named + text, 0).text();
    return clean.startsWith(named) ? clean.substring(named.length()) : clean;
  }

  private static int length(Map<String, Object> line) {
    try {
      return JSON.writeValueAsString(line).getBytes(StandardCharsets.UTF_8).length;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a line of JSON cannot be written as JSON", e);
    }
  }
}
