package dev.uplift.cli.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.console.Columns;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is said of an upgrade or a rollback that is over. */
final class UpgradeEnd {
  private UpgradeEnd() {}

  /** The exit code that says how it ended: see {@link UpgradeExitCodes}. */
  static int exitCode(String status) {
    return switch (status) {
      case "success" -> 0;
      case "rejected", "rolled_back" -> 3;
      case "needs_attention" -> 4;
      default -> 1;
    };
  }

  /**
   * Why it was no success, and what to do.
   *
   * @param what it was: {@code upgrade} or {@code rollback}
   * @param ended as the ledger has it
   */
  static List<String> failure(String what, JsonNode ended) {
    JsonNode report = ended.path("report");
    List<String> lines = new ArrayList<>();
    lines.add(
        "uplift: the %s is no success: %s"
            .formatted(what, said(report.path("failure")).orElseGet(() -> withoutReport(ended))));
    advice(report.path("failure")).ifPresent(lines::add);
    said(report.path("held_for"))
        .ifPresent(why -> lines.add(ended.path("tenant").asText() + " is held: " + why));
    report.path("runbook").forEach(line -> lines.add("  " + line.asText()));
    lines.add(
        "Its logs: uplift logs %s --upgrade %s"
            .formatted(ended.path("tenant").asText(), ended.path("upgrade_id").asText()));
    return lines;
  }

  private static String withoutReport(JsonNode ended) {
    String tenant = ended.path("tenant").asText();
    String status = ended.path("status").asText();
    return switch (status) {
      case "lost" ->
          "its run was ended in the Temporal server, without a report. The host puts the tenant back"
              + " by itself, if it was in cutover; see: uplift check "
              + tenant;
      case "not_started" -> "it was never begun; " + tenant + " was not touched. Start it again.";
      default -> status;
    };
  }

  private static Optional<String> said(JsonNode failure) {
    return failure.isObject()
        ? Optional.of(
            "%s, %s: %s"
                .formatted(
                    failure.path("step").asText(),
                    failure.path("kind").asText(),
                    Columns.oneLine(failure.path("message").asText())))
        : Optional.empty();
  }

  private static Optional<String> advice(JsonNode failure) {
    return Optional.of(failure.path("advice").asText("")).filter(advice -> !advice.isEmpty());
  }
}
