package dev.uplift.cli.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.console.Columns;
import dev.uplift.cli.fleet.CheckCommand.Checked;
import java.util.ArrayList;
import java.util.List;

/** What the hosts said, a line for each tenant. */
final class CheckTable {
  private static final List<String> HEADER =
      List.of(
          "TENANT",
          "HOST",
          "DEPLOYED",
          "TARGET",
          "HEALTHY",
          "UNITS",
          "DATABASE",
          "FREE",
          "VERDICT",
          "PROBLEM");
  private static final String UNKNOWN = Columns.UNKNOWN;

  private CheckTable() {}

  static List<String> of(List<Checked> checked) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADER);
    checked.forEach(one -> rows.add(row(one)));
    List<String> lines = new ArrayList<>(Columns.aligned(rows));
    lines.add(summary(checked));
    return lines;
  }

  private static String summary(List<Checked> checked) {
    long ready = checked.stream().filter(Checked::isReady).count();
    long upToDate =
        checked.stream().filter(one -> one.isReady() && isUpToDate(one.answer().body())).count();
    String summary = (ready - upToDate) + " of " + checked.size() + " could be upgraded";
    return upToDate == 0 ? summary : summary + ", " + upToDate + " up to date";
  }

  private static List<String> row(Checked checked) {
    JsonNode body = checked.answer().body();
    if (!checked.answer().isSuccess()) {
      String verdict = checked.answer().status() == 503 ? "no answer" : "not checked";
      return List.of(
          checked.tenant(),
          checked.host(),
          UNKNOWN,
          UNKNOWN,
          UNKNOWN,
          UNKNOWN,
          UNKNOWN,
          UNKNOWN,
          verdict,
          Columns.oneLine(checked.answer().problem()));
    }
    return List.of(
        checked.tenant(),
        checked.host(),
        text(body, "deployed_version"),
        text(body, "target_version"),
        !body.has("healthy") ? UNKNOWN : body.path("healthy").asBoolean() ? "yes" : "no",
        units(body.path("units")),
        Columns.size(body.path("database_bytes")),
        Columns.size(body.path("free_bytes")),
        verdict(body),
        problem(body));
  }

  private static String verdict(JsonNode body) {
    if (!body.path("ready").asBoolean()) {
      return "refused";
    }
    return isUpToDate(body) ? "up to date" : "ready";
  }

  private static boolean isUpToDate(JsonNode body) {
    return !body.path("upgrade_available").asBoolean();
  }

  private static String problem(JsonNode body) {
    JsonNode failure = body.path("failure");
    if (!failure.isMissingNode()) {
      return Columns.oneLine(
          failure.path("kind").asText() + ": " + failure.path("message").asText());
    }
    JsonNode warnings = body.path("warnings");
    return warnings.isEmpty() ? "" : Columns.oneLine("warning: " + warnings.path(0).asText());
  }

  private static String units(JsonNode units) {
    int running = 0;
    for (JsonNode unit : units) {
      running += unit.path("running").asBoolean() ? 1 : 0;
    }
    return units.isEmpty() ? UNKNOWN : running + "/" + units.size() + " run";
  }

  private static String text(JsonNode body, String field) {
    return body.path(field).asText(UNKNOWN);
  }
}
