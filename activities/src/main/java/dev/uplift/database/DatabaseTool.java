package dev.uplift.database;

import dev.uplift.durable.DurableFile;
import dev.uplift.host.StepFailure;
import dev.uplift.rollback.TableChange;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The main class of the child JVM that opens databases which services have open. {@link
 * LiveDatabase} starts it; its answer goes to a file, since what a child prints is cut.
 */
final class DatabaseTool {
  /** Whoever waits for the answer has five minutes, in which a snapshot was made before. */
  private static final Duration COMPARISON = Duration.ofMinutes(1);

  /** Longer than with the services down: the tenant serves, and nobody waits for this. */
  private static final Duration PATIENCE_WITH_WRITERS = Duration.ofMinutes(1);

  private DatabaseTool() {}

  /**
   * What the tool found out.
   *
   * @param failure null if it succeeded
   * @param inspection null unless that was asked for
   * @param tables null unless a comparison was asked for
   */
  record Answer(Refusal failure, DatabaseInspection inspection, List<TableChange> tables) {}

  /** A {@link StepFailure} on its way through a file. */
  record Refusal(FailureKind kind, String message, String evidence, String advice) {}

  public static void main(String[] words) throws IOException {
    Path answerFile = Path.of(words[0]);
    Files.write(answerFile, Json.bytes(answer(List.of(words).subList(1, words.length))));
  }

  private static Answer answer(List<String> words) {
    Path database = Path.of(words.get(1));
    try {
      return DatabaseFailure.translated(
          database,
          () ->
              switch (words.get(0)) {
                case "inspect" -> new Answer(null, inspect(new SqliteFile(database)), null);
                case "snapshot" -> snapshot(new SqliteFile(database), Path.of(words.get(2)));
                case "compare" -> compare(new SqliteFile(database), Path.of(words.get(2)), true);
                case "count" -> compare(new SqliteFile(database), Path.of(words.get(2)), false);
                default -> throw new IllegalArgumentException("unknown task " + words.get(0));
              });
    } catch (StepFailure e) {
      return new Answer(
          new Refusal(e.kind(), e.getMessage(), e.evidence(), e.advice()), null, null);
    }
  }

  private static DatabaseInspection inspect(SqliteFile database) throws SQLException, IOException {
    requireSqlite(database);
    long bytes = Files.size(database.path()) + database.walBytes();
    try (Connection connection = database.openToRead()) {
      SqliteFile.execute(connection, "PRAGMA query_only=ON");
      List<String> problems = DatabaseReader.quickCheck(connection);
      if (!problems.isEmpty()) {
        throw corrupt(database, "SQLite found it damaged.", String.join("\n", problems));
      }
      Map<String, Long> rows = new TreeMap<>();
      for (DatabaseReader.Table table : DatabaseReader.tables(connection)) {
        rows.put(
            table.name(),
            bytes <= RowCounts.COUNTED_UP_TO_BYTES ? DatabaseReader.rows(connection, table) : null);
      }
      if (rows.isEmpty()) {
        throw corrupt(database, "It holds no table.", null);
      }
      return new DatabaseInspection(
          bytes,
          0,
          SqliteFile.text(connection, "PRAGMA journal_mode"),
          Integer.parseInt(SqliteFile.text(connection, "PRAGMA page_size")),
          SqliteFile.text(connection, "PRAGMA encoding"),
          List.of("none", "full", "incremental")
              .get(Integer.parseInt(SqliteFile.text(connection, "PRAGMA auto_vacuum"))),
          Integer.parseInt(SqliteFile.text(connection, "PRAGMA user_version")),
          Integer.parseInt(SqliteFile.text(connection, "PRAGMA application_id")),
          DatabaseReader.schemaSha256(connection),
          rows,
          DatabaseReader.foreignKeyViolations(connection));
    }
  }

  /** Whole under its name or not there at all, in the journal mode of the original. */
  private static Answer snapshot(SqliteFile database, Path target)
      throws SQLException, IOException {
    requireSqlite(database);
    Path temporary = DurableFile.temporary(target);
    Files.deleteIfExists(temporary);
    try {
      // Asked before the copy is made: a reader of a busy database must not wait for it twice.
      JournalMode mode = database.journalMode();
      try (Connection connection = database.open();
          PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
        SqliteFile.execute(connection, "PRAGMA busy_timeout=" + PATIENCE_WITH_WRITERS.toMillis());
        vacuum.setString(1, temporary.toString());
        vacuum.execute();
      }
      SqliteFile copy = new SqliteFile(temporary);
      new SchemaCheck.ViolationsBefore(SchemaCheck.violationsIn(temporary)).writeFor(target);
      copy.setJournalMode(mode);
      DurableFile.sync(temporary);
      DurableFile.rename(temporary, target);
      return new Answer(null, null, null);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static Answer compare(SqliteFile database, Path backup, boolean rows)
      throws SQLException, IOException {
    requireSqlite(database);
    try (Connection connection = database.openToRead()) {
      try (PreparedStatement attach =
          connection.prepareStatement("ATTACH ? AS " + TableComparison.BACKUP)) {
        attach.setString(1, backup.toUri() + "?mode=ro");
        attach.execute();
      }
      SqliteFile.execute(connection, "PRAGMA query_only=ON");
      return new Answer(null, null, new TableComparison(connection, rows, COMPARISON).all());
    }
  }

  private static void requireSqlite(SqliteFile database) throws IOException {
    if (!DatabaseHeader.read(database.path()).isSqlite()) {
      throw corrupt(database, "It is not a SQLite file.", null);
    }
  }

  private static StepFailure corrupt(SqliteFile database, String why, String evidence) {
    return new StepFailure(
        FailureKind.DATABASE_CORRUPT,
        "The database " + database.path() + " cannot be upgraded. " + why,
        evidence,
        "Repair it or restore a backup, then try again.");
  }
}
