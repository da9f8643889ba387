package dev.uplift.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;

/** What receives blows while it upgrades tenants, one after the other. */
interface Victim extends AutoCloseable {
  /** How long an upgrade to a release takes here if nobody disturbs it. */
  Duration undisturbed(RandomKill.Release release);

  /**
   * Upgrades a tenant and lets the blow fall so long after the request.
   *
   * @return how it ended, beginning with the outcome, and where the blow fell
   * @throws AssertionError if a promise was broken; then nothing more is to be done with it
   */
  String strike(RandomKill.Release release, Duration after) throws Exception;

  @Override
  void close();

  /** What a journal says that is being worked on, in a few words. */
  static String where(List<JsonNode> journal) {
    if (journal.isEmpty()) {
      return "outside the cutover";
    }
    JsonNode last = journal.get(journal.size() - 1);
    String step = last.path("step").asText();
    return switch (last.path("event").asText()) {
      case "INTENT" -> "in " + direction(last) + step;
      case "NOTE" -> "in " + stepOf(journal);
      default -> "after " + direction(last) + (step.isEmpty() ? last.path("event").asText() : step);
    };
  }

  private static String stepOf(List<JsonNode> journal) {
    JsonNode intent = null;
    for (JsonNode line : journal) {
      intent = line.path("event").asText().equals("INTENT") ? line : intent;
    }
    return intent == null ? "OPENED" : direction(intent) + intent.path("step").asText();
  }

  private static String direction(JsonNode line) {
    return line.path("direction").asText().equals("back") ? "back " : "";
  }
}
