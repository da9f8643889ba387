package dev.uplift.database;

import dev.uplift.rollback.TableChange;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Compares the tables of a database with those of its backup, in a connection that has the backup
 * attached. Rows are told apart by their primary key, or by their row id where a table has none; a
 * migrated table is compared in the columns that both have.
 *
 * <p>SQLite walks through one table and looks the rows of the other up by their key, so this takes
 * little memory whatever the size.
 */
final class TableComparison {
  static final String BACKUP = "backup";
  private static final String NOW = "main";
  private static final List<String> ROW_IDS = List.of("_rowid_", "rowid", "oid");

  private final Connection connection;
  private final boolean rows;
  private final long giveUpNanos;

  /**
   * @param rows whether rows are compared; else they are only counted
   * @param limit after which no further table is begun
   */
  TableComparison(Connection connection, boolean rows, Duration limit) {
    this.connection = connection;
    this.rows = rows;
    this.giveUpNanos = System.nanoTime() + limit.toNanos();
  }

  /** By name. A table that SQLite cannot compare says so and keeps none of the others from it. */
  List<TableChange> all() throws SQLException {
    Map<String, DatabaseReader.Table> now = tables(NOW);
    Map<String, DatabaseReader.Table> then = tables(BACKUP);
    TreeSet<String> names = new TreeSet<>(now.keySet());
    names.addAll(then.keySet());
    List<TableChange> changes = new ArrayList<>();
    for (String name : names) {
      changes.add(change(now.get(name), then.get(name)));
    }
    return changes;
  }

  // SQLite's names are the same in capitals.
  private Map<String, DatabaseReader.Table> tables(String schema) throws SQLException {
    Map<String, DatabaseReader.Table> byName = new TreeMap<>();
    for (DatabaseReader.Table table : DatabaseReader.tables(connection, schema)) {
      byName.put(table.name().toLowerCase(Locale.ROOT), table);
    }
    return byName;
  }

  private TableChange change(DatabaseReader.Table now, DatabaseReader.Table then) {
    String name = now == null ? then.name() : now.name();
    if (giveUpNanos - System.nanoTime() < 0) {
      return uncounted(name, "It would take too long to look at it.");
    }
    try {
      if (then == null) {
        long count = count(NOW, now);
        return new TableChange(name, count, 0L, 0L, null, count, "The backup has no such table.");
      }
      if (now == null) {
        long count = count(BACKUP, then);
        return new TableChange(name, 0L, count, 0L, count, null, "Only the backup has this table.");
      }
      return inBoth(now, then);
    } catch (SQLException incomparable) {
      return uncounted(name, "SQLite cannot look at it: " + incomparable.getMessage());
    }
  }

  private static TableChange uncounted(String name, String why) {
    return new TableChange(name, null, null, null, null, null, why);
  }

  private TableChange inBoth(DatabaseReader.Table now, DatabaseReader.Table then)
      throws SQLException {
    long countNow = count(NOW, now);
    long countThen = count(BACKUP, then);
    if (!rows) {
      return new TableChange(now.name(), null, null, null, countThen, countNow, null);
    }
    Columns columns = Columns.of(columns(NOW, now), columns(BACKUP, then));
    List<String> key = columns.key();
    if (key.isEmpty() && now.hasRowid() && then.hasRowid()) {
      key = columns.freeRowId();
    }
    if (key.isEmpty() || !columns.sameKey()) {
      return new TableChange(
          now.name(),
          null,
          null,
          null,
          countThen,
          countNow,
          "Its key is another one, so its rows can only be counted.");
    }
    try (Statement statement = connection.createStatement();
        ResultSet both = statement.executeQuery(join(now, then, key, columns.values()))) {
      long matched = both.getLong(1);
      long changed = both.getLong(2);
      return new TableChange(
          now.name(),
          countNow - matched,
          countThen - matched,
          changed,
          countThen,
          countNow,
          columns.same() ? null : "Its columns are others: compared in those that both have.");
    }
  }

  private static String join(
      DatabaseReader.Table now, DatabaseReader.Table then, List<String> key, List<String> values) {
    String same =
        key.stream().map(name -> pair(name, " = ", "")).collect(Collectors.joining(" AND "));
    // Whatever the column itself takes for equal, 'a' and 'A' for instance, was changed by
    // somebody.
    String different =
        values.isEmpty()
            ? "0"
            : values.stream()
                .map(name -> pair(name, " IS NOT ", " COLLATE BINARY"))
                .collect(Collectors.joining(" OR "));
    return "SELECT count(*), coalesce(sum("
        + different
        + "), 0) FROM "
        + NOW
        + "."
        + SqliteFile.quoted(now.name())
        + " AS n JOIN "
        + BACKUP
        + "."
        + SqliteFile.quoted(then.name())
        + " AS b ON "
        + same;
  }

  private static String pair(String column, String operator, String after) {
    String name = SqliteFile.quoted(column);
    return "n." + name + operator + "b." + name + after;
  }

  private long count(String schema, DatabaseReader.Table table) throws SQLException {
    return Long.parseLong(
        SqliteFile.text(
            connection, "SELECT count(*) FROM " + schema + "." + SqliteFile.quoted(table.name())));
  }

  /** The place of each column in the primary key, from 1; 0 of those that are not in it. */
  private Map<String, Integer> columns(String schema, DatabaseReader.Table table)
      throws SQLException {
    Map<String, Integer> columns = new LinkedHashMap<>();
    String query = "PRAGMA " + schema + ".table_info(" + SqliteFile.quoted(table.name()) + ")";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      while (row.next()) {
        columns.put(row.getString("name").toLowerCase(Locale.ROOT), row.getInt("pk"));
      }
    }
    return columns;
  }

  /** The columns of a table and of its counterpart in the backup. */
  private record Columns(Map<String, Integer> now, Map<String, Integer> then) {

    static Columns of(Map<String, Integer> now, Map<String, Integer> then) {
      return new Columns(now, then);
    }

    boolean same() {
      return now.keySet().equals(then.keySet());
    }

    boolean sameKey() {
      return key(now).equals(key(then));
    }

    List<String> key() {
      return key(now);
    }

    private static List<String> key(Map<String, Integer> columns) {
      return columns.entrySet().stream()
          .filter(column -> column.getValue() > 0)
          .sorted(Map.Entry.comparingByValue())
          .map(Map.Entry::getKey)
          .toList();
    }

    /** A name of the row id that no column has taken; empty if all are taken. */
    List<String> freeRowId() {
      return ROW_IDS.stream()
          .filter(name -> !now.containsKey(name) && !then.containsKey(name))
          .limit(1)
          .toList();
    }

    /** What both have beside the key. */
    List<String> values() {
      return now.keySet().stream()
          .filter(then::containsKey)
          .filter(name -> now.get(name) == 0)
          .toList();
    }
  }
}
