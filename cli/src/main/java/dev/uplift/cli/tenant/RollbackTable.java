package dev.uplift.cli.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.console.Columns;
import java.util.ArrayList;
import java.util.List;

/** What a rollback would do, a line for each table that it would change. */
final class RollbackTable {
  private static final List<String> HEADER =
      List.of("TABLE", "GAINED", "LOST", "CHANGED", "IN BACKUP", "NOW", "");

  private RollbackTable() {}

  /**
   * @param reason that was given; null if none
   * @param preview what the server said instead of rolling back
   */
  static List<String> of(String tenant, String reason, JsonNode preview) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s would go back from %s to %s, with its database of %s:"
            .formatted(
                tenant,
                preview.path("from_version").asText(Columns.UNKNOWN),
                preview.path("to_version").asText(Columns.UNKNOWN),
                preview.path("taken_at").asText(Columns.UNKNOWN)));
    lines.add("  " + preview.path("backup").asText(Columns.UNKNOWN));
    lines.addAll(tables(preview.path("tables")));
    if (preview.hasNonNull("comparison")) {
      lines.add(preview.path("comparison").asText());
    }
    lines.add(
        "What was gained and changed since would be kept in a backup only. If that is meant:");
    lines.add(
        "  uplift rollback %s --confirm %s%s"
            .formatted(
                tenant,
                preview.path("upgrade_id").asText(),
                reason == null ? "" : " --reason '" + reason.replace("'", "'\\''") + "'"));
    return lines;
  }

  private static List<String> tables(JsonNode tables) {
    List<List<String>> rows = new ArrayList<>();
    int same = 0;
    for (JsonNode table : tables) {
      if (isSame(table)) {
        same++;
      } else {
        rows.add(row(table));
      }
    }
    List<String> lines = new ArrayList<>();
    if (!rows.isEmpty()) {
      rows.add(0, HEADER);
      lines.addAll(Columns.aligned(rows));
    }
    if (same > 0) {
      lines.add(
          same == 1
              ? "1 table is as the backup has it"
              : same + " tables are as the backup has them");
    }
    return lines;
  }

  private static boolean isSame(JsonNode table) {
    return isNone(table.path("gained"))
        && isNone(table.path("lost"))
        && isNone(table.path("changed"))
        && table.hasNonNull("rows_in_backup")
        && table.hasNonNull("rows_now");
  }

  private static boolean isNone(JsonNode rows) {
    return rows.isNumber() && rows.asLong() == 0;
  }

  private static List<String> row(JsonNode table) {
    return List.of(
        table.path("table").asText(),
        count(table.path("gained")),
        count(table.path("lost")),
        count(table.path("changed")),
        count(table.path("rows_in_backup")),
        count(table.path("rows_now")),
        Columns.oneLine(table.path("note").asText("")));
  }

  private static String count(JsonNode rows) {
    return rows.isNumber() ? rows.asText() : Columns.UNKNOWN;
  }
}
