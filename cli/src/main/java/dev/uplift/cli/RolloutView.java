package dev.uplift.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** How a rollout looks, as lines. */
final class RolloutView {
  private static final int BAR = 30;

  private RolloutView() {}

  /** All of it: a bar for each wave, who is under way, and what went wrong. */
  static List<String> of(JsonNode rollout) {
    List<String> lines = new ArrayList<>();
    lines.add(headline(rollout));
    waves(rollout).forEach((wave, counts) -> lines.add("  " + bar(wave, counts)));
    JsonNode running = rollout.path("progress").path("running");
    if (!running.isEmpty()) {
      StringJoiner names = new StringJoiner(", ");
      running.forEach(tenant -> names.add(tenant.asText()));
      lines.add("  under way: " + names);
    }
    for (JsonNode tenant : rollout.path("tenants")) {
      if (isTrouble(tenant)) {
        lines.add("  " + ended(tenant));
      }
    }
    JsonNode halt = rollout.path("progress").path("halt");
    if (halt.isObject()) {
      lines.add("  halted, " + halt.path("rule").asText() + ": " + halt.path("message").asText());
    }
    return lines;
  }

  static String headline(JsonNode rollout) {
    String id = rollout.path("id").asText();
    return "Rollout "
        + id
        + " to "
        + rollout.path("target_version").asText()
        + ": "
        + status(rollout);
  }

  static String status(JsonNode rollout) {
    return rollout.path("status").asText();
  }

  /** What came of a tenant. */
  static String ended(JsonNode tenant) {
    String message = tenant.path("message").asText("");
    JsonNode downtime = tenant.path("downtime_ms");
    return tenant.path("tenant").asText()
        + ": "
        + tenant.path("outcome").asText()
        + (downtime.isNumber() ? " (" + downtime.asLong() + " ms down)" : "")
        + (message.isEmpty() ? "" : ", " + Columns.oneLine(message));
  }

  /** Those of which something has come. */
  static Map<String, JsonNode> endedTenants(JsonNode rollout) {
    Map<String, JsonNode> ended = new LinkedHashMap<>();
    for (JsonNode tenant : rollout.path("tenants")) {
      if (tenant.path("outcome").isTextual()) {
        ended.put(tenant.path("tenant").asText(), tenant);
      }
    }
    return ended;
  }

  private static boolean isTrouble(JsonNode tenant) {
    JsonNode outcome = tenant.path("outcome");
    return outcome.isTextual() && !isReached(outcome.asText());
  }

  private static boolean isReached(String outcome) {
    return outcome.equals("success") || outcome.equals("already_there");
  }

  private record Count(int all, int reached, int troubled) {}

  private static Map<Integer, Count> waves(JsonNode rollout) {
    Map<Integer, Count> waves = new LinkedHashMap<>();
    for (JsonNode tenant : rollout.path("tenants")) {
      String outcome = tenant.path("outcome").asText("");
      boolean reached = isReached(outcome);
      Count one = new Count(1, reached ? 1 : 0, reached || outcome.isEmpty() ? 0 : 1);
      waves.merge(
          tenant.path("wave").asInt(),
          one,
          (a, b) ->
              new Count(a.all() + b.all(), a.reached() + b.reached(), a.troubled() + b.troubled()));
    }
    return waves;
  }

  private static String bar(int wave, Count count) {
    int done = BAR * count.reached() / count.all();
    int failed = (BAR * (count.reached() + count.troubled()) / count.all()) - done;
    return "wave %d [%s%s%s] %d of %d%s"
        .formatted(
            wave,
            "#".repeat(done),
            "!".repeat(failed),
            ".".repeat(BAR - done - failed),
            count.reached(),
            count.all(),
            count.troubled() == 0 ? "" : ", " + count.troubled() + " not");
  }
}
