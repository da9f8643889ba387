package dev.uplift.cli.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import dev.uplift.cli.backup.BackupsCommand.Told;
import dev.uplift.cli.console.Columns;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What the hosts said about backups, a line for each thing. */
final class BackupsTable {
  private static final List<String> HEADER =
      List.of(
          "TENANT", "KIND", "NAME", "CREATED", "RELEASE", "SIZE", "STATE", "VERIFIED", "REMARK");

  private BackupsTable() {}

  static List<String> listed(List<Told> told) {
    List<String> lines = lines(told, item -> true);
    lines.add(
        "%d backups, %s; %d altered"
            .formatted(
                count(told, BackupsTable::isBackup),
                bytes(told, item -> true),
                count(told, item -> is(item, "altered"))));
    return lines;
  }

  static List<String> verified(List<Told> told) {
    Predicate<JsonNode> asked = item -> !is(item, "unnamed") && !is(item, "leftover");
    List<String> lines = lines(told, item -> true);
    lines.add(
        "%d of %d are good".formatted(count(told, item -> is(item, "good")), count(told, asked)));
    return lines;
  }

  static List<String> pruned(List<Told> told, boolean dryRun) {
    Predicate<JsonNode> wanted = item -> !item.path("keep").asBoolean();
    List<String> lines = lines(told, item -> wanted.test(item) || is(item, "altered"));
    Predicate<JsonNode> gone = dryRun ? wanted : item -> item.path("deleted").asBoolean();
    lines.add(
        "%d of %d %s, %s"
            .formatted(
                count(told, gone),
                count(told, item -> true),
                dryRun ? "would be deleted" : "were deleted",
                bytes(told, gone)));
    return lines;
  }

  private static List<String> lines(List<Told> told, Predicate<JsonNode> shown) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADER);
    for (Told one : told) {
      if (!one.answer().isSuccess()) {
        rows.add(unanswered(one));
      }
      for (JsonNode item : one.answer().body().path("items")) {
        if (shown.test(item)) {
          rows.add(row(one.tenant(), item));
        }
      }
    }
    List<String> lines = new ArrayList<>(Columns.aligned(rows));
    for (Told one : told) {
      long more = one.answer().body().path("more").asLong();
      if (more > 0) {
        lines.add(
            "%s has %d more, which are neither shown nor counted".formatted(one.tenant(), more));
      }
    }
    return lines;
  }

  private static List<String> unanswered(Told one) {
    String u = Columns.UNKNOWN;
    String state = one.answer().status() == 503 ? "no answer" : "refused";
    return List.of(one.tenant(), u, u, u, u, u, state, u, Columns.oneLine(one.answer().problem()));
  }

  private static List<String> row(String tenant, JsonNode item) {
    return List.of(
        ofHost(item) ? Columns.UNKNOWN : tenant,
        item.path("kind").asText().replace('_', ' '),
        item.path("name").asText(),
        time(item.path("created_at")),
        item.path("version").asText(Columns.UNKNOWN),
        Columns.size(item.path("bytes")),
        item.path("deleted").asBoolean() ? "deleted" : item.path("state").asText(),
        time(item.path("verified_at")),
        remark(item));
  }

  private static boolean ofHost(JsonNode item) {
    String kind = item.path("kind").asText();
    return kind.equals("dependency_set") || kind.equals("scratch") || kind.equals("preparation");
  }

  private static String remark(JsonNode item) {
    if (item.has("problem") && !item.path("deleted").asBoolean()) {
      String problem = item.path("problem").asText();
      return Columns.oneLine(
          is(item, "good") ? problem : item.path("state").asText() + ": " + problem);
    }
    String reason = item.path("reason").asText("");
    JsonNode warnings = item.path("warnings");
    return Columns.oneLine(
        warnings.isEmpty() ? reason : reason + "; warning: " + warnings.path(0).asText());
  }

  private static String time(JsonNode instant) {
    String text = instant.asText("");
    return text.length() < 16 ? Columns.UNKNOWN : text.substring(0, 16).replace('T', ' ') + "Z";
  }

  static boolean is(JsonNode item, String state) {
    return item.path("state").asText().equals(state);
  }

  private static boolean isBackup(JsonNode item) {
    return item.path("kind").asText().equals("backup");
  }

  private static long count(List<Told> told, Predicate<JsonNode> which) {
    long count = 0;
    for (Told one : told) {
      for (JsonNode item : one.answer().body().path("items")) {
        count += which.test(item) ? 1 : 0;
      }
    }
    return count;
  }

  private static String bytes(List<Told> told, Predicate<JsonNode> which) {
    long bytes = 0;
    for (Told one : told) {
      for (JsonNode item : one.answer().body().path("items")) {
        bytes += which.test(item) ? item.path("bytes").asLong() : 0;
      }
    }
    return Columns.size(LongNode.valueOf(bytes));
  }
}
