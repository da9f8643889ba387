package dev.uplift.database;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.host.Cancellation;
import dev.uplift.host.StepContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How many rows each table had at a moment when nobody wrote, so that later writes can be told.
 *
 * @param fileState size and time of the file at that moment: while they stay, nothing was written
 * @param content a hash of what was stored, which switching the journal mode leaves as it is; null
 *     when the database was too big to be hashed with the tenant down
 */
public record RowCounts(
    Map<String, TableRows> tables, @JsonProperty("file_state") String fileState, String content) {
  /** The note that RunMigrations leaves: what the tables held before the new release started. */
  public static final String AFTER_MIGRATIONS = "rows_after_migrations";

  // Counting reads every row. Above this size only the highest row id is asked for, which does not.
  static final long COUNTED_UP_TO_BYTES = 256L << 20;

  private static final long HASHED_UP_TO_BYTES = 64L << 20;

  public RowCounts {
    tables = Map.copyOf(tables);
  }

  /**
   * @param rows null when the database was too big to count them
   * @param maxRowid null for a table without row ids or without rows
   */
  public record TableRows(Long rows, @JsonProperty("max_rowid") Long maxRowid) {}

  /** Of a database that nobody has open. */
  public static RowCounts take(Path database) {
    SqliteFile file = new SqliteFile(database);
    return DatabaseFailure.translated(
        database, () -> new RowCounts(tablesOf(file), fileState(file), contentOf(file)));
  }

  /** Notes what the migrated database holds; nobody may have it open. */
  public static void note(StepContext context, Path database) {
    String counts = Json.text(take(database));
    context.notes().put(AFTER_MIGRATIONS, counts);
    context.evidence().keep("database/rows", counts);
  }

  static Optional<RowCounts> noted(StepContext context) {
    return context
        .notes()
        .get(AFTER_MIGRATIONS)
        .filter(note -> !note.isEmpty())
        .map(note -> Json.own(note, RowCounts.class));
  }

  /** For migrations that begin again: what an earlier run of them left is no measure any more. */
  static void forget(StepContext context) {
    if (noted(context).isPresent()) {
      context.notes().put(AFTER_MIGRATIONS, "");
    }
  }

  /** Whether a write may have reached the file since these counts were taken. */
  boolean isOlderThan(SqliteFile file) throws IOException {
    return file.hasUnsettledSidecar() || !fileState.equals(fileState(file));
  }

  /** Whether the same is stored, as far as it is known. */
  boolean holdsSameAs(RowCounts other) {
    return content != null && content.equals(other.content);
  }

  private static String contentOf(SqliteFile file) throws IOException {
    return Files.size(file.path()) > HASHED_UP_TO_BYTES
        ? null
        : DatabaseDigest.of(file.path(), Cancellation.NEVER).contentSha256();
  }

  private static Map<String, TableRows> tablesOf(SqliteFile file) throws SQLException, IOException {
    Map<String, TableRows> tables = new TreeMap<>();
    boolean counted = Files.size(file.path()) <= COUNTED_UP_TO_BYTES;
    try (Connection connection = file.openToRead()) {
      for (DatabaseReader.Table table : DatabaseReader.tables(connection)) {
        Long rows = counted ? DatabaseReader.rows(connection, table) : null;
        tables.put(table.name(), new TableRows(rows, DatabaseReader.maxRowid(connection, table)));
      }
    }
    return tables;
  }

  private static String fileState(SqliteFile file) throws IOException {
    return Files.size(file.path()) + " bytes at " + Files.getLastModifiedTime(file.path());
  }
}
