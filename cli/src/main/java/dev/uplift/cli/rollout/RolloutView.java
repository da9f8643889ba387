package dev.uplift.cli.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.console.Columns;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** How a rollout looks, as lines. */
final class RolloutView {
  private static final int BAR = 30;

  private RolloutView() {}

  static String headline(JsonNode rollout) {
    return "Rollout "
        + rollout.path("id").asText()
        + " to "
        + rollout.path("target_version").asText()
        + ": "
        + statusOf(rollout);
  }

  /** As people are told it: of a dry run success is not that of an upgrade. */
  static String statusOf(JsonNode rollout) {
    return status(rollout) + (rollout.path("dry_run").asBoolean() ? " (dry run)" : "");
  }

  /** What a person may say now; empty if the rollout waits for nobody. */
  static Optional<String> next(JsonNode rollout) {
    String id = rollout.path("id").asText();
    return switch (status(rollout)) {
      case "halted", "paused" ->
          Optional.of(
              "Go on: uplift rollout resume " + id + "; or end it: uplift rollout abort " + id);
      case "waiting_for_approval" ->
          Optional.of("Let the next wave begin: uplift rollout approve " + id);
      default -> Optional.empty();
    };
  }

  static String status(JsonNode rollout) {
    return rollout.path("status").asText();
  }

  /** All of it: a bar for each wave, who is under way, what was rehearsed and what went wrong. */
  static List<String> of(JsonNode rollout, Instant now) {
    return with(rollout, now, one -> isTroubled(one) || one.path("rehearsal").isObject());
  }

  /** {@link #of} for whoever was told of each tenant before: what went wrong is repeated. */
  static List<String> ended(JsonNode rollout, Instant now) {
    return with(rollout, now, RolloutView::isTroubled);
  }

  private static List<String> with(JsonNode rollout, Instant now, Predicate<JsonNode> which) {
    List<String> lines = new ArrayList<>(live(rollout, now));
    for (JsonNode tenant : rollout.path("tenants")) {
      if (which.test(tenant)) {
        told(tenant).ifPresent(line -> lines.add("  " + line));
      }
    }
    return lines;
  }

  private static boolean isTroubled(JsonNode tenant) {
    JsonNode outcome = tenant.path("outcome");
    return outcome.isTextual() && !isReached(outcome.asText());
  }

  /** What changes while it goes on. */
  static List<String> live(JsonNode rollout, Instant now) {
    List<String> lines = new ArrayList<>();
    lines.add(headline(rollout));
    int width = Math.max(4, longest(rollout.path("waves"), "name"));
    for (JsonNode wave : rollout.path("waves")) {
      lines.add("  " + bar(wave, width));
    }
    int tenants = longest(rollout.path("under_way"), "tenant");
    for (JsonNode one : rollout.path("under_way")) {
      lines.add("  " + underWay(one, tenants, now));
    }
    halt(rollout).ifPresent(line -> lines.add("  " + line));
    next(rollout).ifPresent(line -> lines.add("  " + line));
    return lines;
  }

  /** Why it halted; empty if it did not. */
  static Optional<String> halt(JsonNode rollout) {
    return halted(rollout.path("progress"));
  }

  /** {@link #halt} of the progress alone, as an event tells it. */
  static Optional<String> halted(JsonNode progress) {
    JsonNode halt = progress.path("halt");
    return halt.isObject()
        ? Optional.of(
            "halted, " + halt.path("rule").asText() + ": " + halt.path("message").asText())
        : Optional.empty();
  }

  /** What came of a tenant, or what its rehearsal found; empty if nothing is known yet. */
  static Optional<String> told(JsonNode tenant) {
    if (tenant.path("outcome").isTextual()) {
      return Optional.of(ended(tenant));
    }
    JsonNode found = tenant.path("rehearsal");
    return found.isObject() ? Optional.of(rehearsed(tenant, found)) : Optional.empty();
  }

  private static String ended(JsonNode tenant) {
    JsonNode downtime = tenant.path("downtime_ms");
    return name(tenant)
        + tenant.path("outcome").asText()
        + (downtime.isNumber() ? " (" + downtime.asLong() + " ms down)" : "")
        + message(tenant);
  }

  private static String rehearsed(JsonNode tenant, JsonNode found) {
    StringBuilder line = new StringBuilder(name(tenant) + found.path("outcome").asText());
    if (found.path("deployed_version").isTextual()) {
      line.append(", runs ").append(found.path("deployed_version").asText());
    }
    if (found.path("disk_bytes").isNumber()) {
      line.append(", needs ").append(Columns.size(found.path("disk_bytes")));
    }
    if (found.path("migrations_ms").isNumber()) {
      line.append(", migrations took ").append(found.path("migrations_ms").asLong()).append(" ms");
    }
    if (found.path("predicted_downtime_ms").isNumber()) {
      line.append(", was down ")
          .append(found.path("predicted_downtime_ms").asLong())
          .append(" ms last time");
    }
    return line + message(found);
  }

  private static String name(JsonNode tenant) {
    return tenant.path("tenant").asText() + ": ";
  }

  private static String message(JsonNode about) {
    String message = about.path("message").asText("");
    return message.isEmpty() ? "" : ", " + Columns.oneLine(message);
  }

  private static boolean isReached(String outcome) {
    return outcome.equals("success") || outcome.equals("already_there");
  }

  private static int longest(JsonNode rows, String field) {
    int longest = 0;
    for (JsonNode row : rows) {
      longest = Math.max(longest, row.path(field).asText().length());
    }
    return longest;
  }

  private static String bar(JsonNode wave, int width) {
    int all = Math.max(1, wave.path("tenants").asInt());
    int reached = wave.path("reached").asInt();
    int troubled = wave.path("troubled").asInt();
    int rehearsed = wave.path("rehearsed").asInt();
    boolean rehearses = reached + troubled == 0 && rehearsed > 0;
    if (rehearses) {
      reached = rehearsed;
    }
    int done = BAR * reached / all;
    int failed = BAR * (reached + troubled) / all - done;
    return ("%-" + width + "s [%s%s%s] %d of %d%s")
        .formatted(
            wave.path("name").asText(),
            "#".repeat(done),
            "!".repeat(failed),
            ".".repeat(BAR - done - failed),
            reached,
            wave.path("tenants").asInt(),
            rehearses ? " rehearsed" : troubled == 0 ? "" : ", " + troubled + " not");
  }

  private static String underWay(JsonNode one, int width, Instant now) {
    Duration elapsed = Duration.between(Instant.parse(one.path("started_at").asText()), now);
    String back = one.path("direction").asText().equals("back") ? "back: " : "";
    return ("%-" + width + "s  %s%s, %d s")
        .formatted(
            one.path("tenant").asText(),
            back,
            one.path("step").asText(),
            Math.max(0, elapsed.toSeconds()));
  }
}
