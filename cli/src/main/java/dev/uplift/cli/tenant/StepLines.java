package dev.uplift.cli.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Tells the steps of an upgrade as they end, each once. */
public final class StepLines {
  private int told;

  /** {@link #news} of an upgrade as the API tells it, which runs or is over. */
  public List<String> newsOf(JsonNode upgrade) {
    return news(isRunning(upgrade) ? upgrade.path("steps") : upgrade.path("report").path("steps"));
  }

  /** The lines for the steps that have ended since the last call. */
  List<String> news(JsonNode steps) {
    List<String> lines = new ArrayList<>();
    for (; told < steps.size() && !isRunning(steps.get(told)); told++) {
      lines.add(line(steps.get(told)));
    }
    return lines;
  }

  private static boolean isRunning(JsonNode stepOrUpgrade) {
    return stepOrUpgrade.path("status").asText().equals("running");
  }

  private static String line(JsonNode step) {
    String direction = step.path("direction").asText().equalsIgnoreCase("back") ? "back: " : "";
    String failed = step.path("status").asText().equals("failed") ? "FAILED: " : "";
    String summary = step.path("summary").asText("");
    return "%s%-20s %s%s (%d ms)"
        .formatted(
            direction,
            step.path("name").asText(),
            failed,
            summary.isEmpty() ? "done" : summary,
            step.path("duration_ms").asLong());
  }
}
