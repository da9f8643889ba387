package dev.uplift.cli.console;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** How client commands print tables. */
public final class Columns {
  public static final String UNKNOWN = "-";

  private Columns() {}

  /** A line for each row, of which all have the same number of cells. */
  public static List<String> aligned(List<List<String>> rows) {
    int[] widths =
        IntStream.range(0, rows.get(0).size())
            .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0))
            .toArray();
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < widths.length; column++) {
        line.append(String.format("%-" + (widths[column] + 2) + "s", row.get(column)));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  /** In the largest unit of which there is at least one. */
  public static String size(JsonNode bytes) {
    if (!bytes.isNumber()) {
      return UNKNOWN;
    }
    double size = bytes.asDouble();
    List<String> units = List.of("B", "kB", "MB", "GB", "TB");
    int unit = 0;
    while (size >= 1000 && unit < units.size() - 1) {
      size /= 1000;
      unit++;
    }
    return unit == 0
        ? bytes.asLong() + " B"
        : String.format(Locale.ROOT, "%.1f %s", size, units.get(unit));
  }

  public static String oneLine(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }
}
