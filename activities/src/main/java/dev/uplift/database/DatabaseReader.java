package dev.uplift.database;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What is asked of a database's content through a connection. */
final class DatabaseReader {
  private static final int PROBLEMS_SHOWN = 20;

  private DatabaseReader() {}

  /**
   * A table that holds rows of its own.
   *
   * @param hasRowid false for WITHOUT ROWID tables
   */
  record Table(String name, boolean hasRowid) {}

  /** The application's own tables, without views, virtual tables and SQLite's bookkeeping. */
  static List<Table> tables(Connection connection) throws SQLException {
    return tables(connection, "main");
  }

  /**
   * @param schema the name of an attached database, or {@code main}
   */
  static List<Table> tables(Connection connection, String schema) throws SQLException {
    List<Table> tables = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA " + schema + ".table_list")) {
      while (row.next()) {
        String name = row.getString("name");
        if (row.getString("type").equals("table") && !name.startsWith("sqlite_")) {
          tables.add(new Table(name, !row.getBoolean("wr")));
        }
      }
    }
    return tables;
  }

  static long rows(Connection connection, Table table) throws SQLException {
    return Long.parseLong(
        SqliteFile.text(
            connection, "SELECT count(*) FROM main." + SqliteFile.quoted(table.name())));
  }

  /** Null for a table without row ids or without rows. */
  static Long maxRowid(Connection connection, Table table) throws SQLException {
    if (!table.hasRowid()) {
      return null;
    }
    String query = "SELECT max(_rowid_) FROM main." + SqliteFile.quoted(table.name());
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      long max = row.getLong(1);
      return row.wasNull() ? null : max;
    }
  }

  /** Problems of the pages; empty when there is none. Does not look into the indexes. */
  static List<String> quickCheck(Connection connection) throws SQLException {
    return problems(connection, "PRAGMA quick_check(" + PROBLEMS_SHOWN + ")");
  }

  /** Like {@link #quickCheck}, and compares every index with its table: some 8 s for 1 GB. */
  static List<String> integrityCheck(Connection connection) throws SQLException {
    return problems(connection, "PRAGMA integrity_check(" + PROBLEMS_SHOWN + ")");
  }

  private static List<String> problems(Connection connection, String check) throws SQLException {
    List<String> problems = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(check)) {
      while (row.next()) {
        problems.add(row.getString(1));
      }
    }
    return problems.equals(List.of("ok")) ? List.of() : problems;
  }

  /** Rows that refer to nothing, by the pair of tables: {@code child -> parent}. */
  static Map<String, Long> foreignKeyViolations(Connection connection) throws SQLException {
    Map<String, Long> violations = new TreeMap<>();
    for (Table table : tables(connection)) {
      String check = "PRAGMA main.foreign_key_check(" + SqliteFile.quoted(table.name()) + ")";
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(check)) {
        while (row.next()) {
          violations.merge(row.getString(1) + " -> " + row.getString(3), 1L, Long::sum);
        }
      } catch (SQLiteException e) {
        if (e.getResultCode() != SQLiteErrorCode.SQLITE_ERROR) {
          throw e;
        }
        // The declaration itself is wrong, for instance because its parent has no such key. SQLite
        // bears that as long as nobody asks, so it may be old.
        violations.merge(table.name() + ": " + e.getMessage(), 1L, Long::sum);
      }
    }
    return violations;
  }

  static String schemaSha256(Connection connection) throws SQLException {
    MessageDigest digest = DatabaseDigest.newSha256();
    String query = "SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY 1, 2, 3, 4";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      while (row.next()) {
        for (int column = 1; column <= 4; column++) {
          digest.update(String.valueOf(row.getString(column)).getBytes(StandardCharsets.UTF_8));
          digest.update((byte) 0);
        }
      }
    }
    return DatabaseDigest.hex(digest);
  }
}
