package dev.uplift.database;

import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks whether migrations left a database that is whole and in which every reference leads
 * somewhere. References that led nowhere before are not held against them.
 */
public final class SchemaCheck {
  private SchemaCheck() {}

  /** What a check of a database asks. */
  private interface Check {
    List<String> problems(Connection connection) throws SQLException;
  }

  /** Where a database's earlier violations are found. */
  private interface Earlier {
    Map<String, Long> violations() throws SQLException, IOException;
  }

  /**
   * After a rehearsal, on a copy that {@link LiveDatabase#snapshot} made: thorough, since nobody
   * waits.
   *
   * @throws StepFailure {@code schema_wrong}
   */
  public static void afterRehearsal(StepContext context, Path copy) {
    Findings findings = new Findings("integrity_check");
    try {
      check(copy, findings, DatabaseReader::integrityCheck, () -> ViolationsBefore.of(copy));
    } finally {
      context.evidence().keep("database/rehearsed", findings.toString());
    }
  }

  /**
   * After the migrations of a stopped tenant; its backup tells what was wrong before.
   *
   * @throws StepFailure {@code schema_wrong}
   */
  public static void afterMigration(StepContext context, Path database) {
    Optional<Path> backup = BackupNote.in(context.notes()).map(note -> note.files().database());
    Findings findings = new Findings("quick_check");
    try {
      check(
          database,
          findings,
          DatabaseReader::quickCheck,
          () -> backup.isEmpty() ? Map.of() : violationsIn(backup.get()));
    } finally {
      context.evidence().keep("database/migrated", findings.toString());
    }
    if (backup.isPresent()) {
      requireOwnerOf(backup.get(), database);
    }
  }

  /** The services may have become unable to write to it, and notice only when somebody does. */
  private static void requireOwnerOf(Path backup, Path database) {
    try {
      int before = Ownership.of(backup).uid();
      int now = Ownership.of(database).uid();
      if (now != before) {
        throw wrong(
            "The migrations gave the database to somebody else.",
            database + " belongs to uid " + now + ", before to uid " + before);
      }
    } catch (IOException e) {
      throw DatabaseFailure.of(e);
    }
  }

  private static void check(Path path, Findings findings, Check integrity, Earlier earlier) {
    SqliteFile database = new SqliteFile(path);
    findings.size(database);
    if (!database.isRegular()) {
      throw wrong("The migrations left no database.", path + " is not a regular file");
    }
    try (Connection connection = database.openToRead()) {
      List<String> problems = integrity.problems(connection);
      findings.integrity(problems);
      if (!problems.isEmpty()) {
        throw wrong("The migrations damaged the database.", String.join("\n", problems));
      }
      if (DatabaseReader.tables(connection).isEmpty()) {
        throw wrong("The migrations left a database without tables.", path.toString());
      }
      Map<String, Long> violations = DatabaseReader.foreignKeyViolations(connection);
      findings.foreignKeys(violations);
      List<String> added =
          violations.isEmpty() ? List.of() : more(violations, earlier.violations());
      if (!added.isEmpty()) {
        throw wrong(
            "The migrations left rows that refer to rows which do not exist.",
            String.join("\n", added));
      }
    } catch (SQLException e) {
      StepFailure failure = DatabaseFailure.of(e, path);
      if (DatabaseFailure.isDamage(e)) {
        throw wrong("The migrations damaged the database.", failure.evidence());
      }
      throw failure;
    } catch (IOException e) {
      throw DatabaseFailure.of(e);
    }
  }

  static Map<String, Long> violationsIn(Path database) throws SQLException, IOException {
    try (Connection connection = new SqliteFile(database).openToRead()) {
      return DatabaseReader.foreignKeyViolations(connection);
    }
  }

  private static List<String> more(Map<String, Long> now, Map<String, Long> before) {
    List<String> more = new ArrayList<>();
    now.forEach(
        (reference, rows) -> {
          long old = before.getOrDefault(reference, 0L);
          if (rows > old) {
            more.add("%s: %d rows, %d before".formatted(reference, rows, old));
          }
        });
    return more;
  }

  private static StepFailure wrong(String message, String evidence) {
    return new StepFailure(
        FailureKind.SCHEMA_WRONG, message, evidence, "Correct the migrations of this release.");
  }

  /** What a check saw, as far as it came. */
  private static final class Findings {
    private final String integrityCheck;
    private final StringBuilder text = new StringBuilder();

    Findings(String integrityCheck) {
      this.integrityCheck = integrityCheck;
    }

    void size(SqliteFile database) {
      try {
        text.append(database.isRegular() ? Files.size(database.path()) + " bytes" : "no file");
      } catch (IOException unreadable) {
        text.append(unreadable);
      }
    }

    void integrity(List<String> problems) {
      text.append('\n').append(integrityCheck).append(": ");
      text.append(problems.isEmpty() ? "ok" : String.join("; ", problems));
    }

    void foreignKeys(Map<String, Long> violations) {
      text.append("\nforeign_key_check: ");
      text.append(violations.isEmpty() ? "ok" : "rows that refer to nothing: " + violations);
    }

    @Override
    public String toString() {
      return text.append('\n').toString();
    }
  }

  /** The violations that a snapshot had when it was made, in a file beside it. */
  record ViolationsBefore(Map<String, Long> rows) {
    private static Path file(Path copy) {
      return copy.resolveSibling(copy.getFileName() + ".violations.json");
    }

    static Map<String, Long> of(Path copy) throws IOException {
      Path file = file(copy);
      return Files.exists(file)
          ? Json.read(Files.readAllBytes(file), ViolationsBefore.class).rows()
          : Map.of();
    }

    void writeFor(Path copy) throws IOException {
      if (rows.isEmpty()) {
        Files.deleteIfExists(file(copy));
      } else {
        Files.write(file(copy), Json.bytes(this));
      }
    }
  }
}
