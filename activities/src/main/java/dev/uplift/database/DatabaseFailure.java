package dev.uplift.database;

import dev.uplift.command.ProcessTree;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What an error of SQLite or of the file system means for a step. */
final class DatabaseFailure {
  private DatabaseFailure() {}

  /** Work on one database. */
  interface Work<T> {
    T run() throws SQLException, IOException;
  }

  static <T> T translated(Path database, Work<T> work) {
    try {
      return work.run();
    } catch (SQLException e) {
      throw of(e, database);
    } catch (ClosedByInterruptException e) {
      throw new StepCancelled("interrupted");
    } catch (IOException e) {
      throw of(e);
    }
  }

  static StepFailure of(SQLException e, Path database) {
    if (e instanceof DatabaseInUseException) {
      return inUse(e, database);
    }
    if (isWithoutRoomForWal(e)) {
      return diskFull(e);
    }
    return switch (primaryCode(e)) {
      case SQLITE_CORRUPT, SQLITE_NOTADB ->
          new StepFailure(
              FailureKind.DATABASE_CORRUPT,
              "The database " + database + " is damaged.",
              e.getMessage(),
              "Repair it or restore a backup, then try again.",
              e);
      case SQLITE_FULL -> diskFull(e);
      default ->
          new StepFailure(
              FailureKind.STEP_FAILED,
              "SQLite refused work on " + database + ".",
              e.getMessage(),
              "Look at the message; nothing was lost.",
              e);
    };
  }

  static StepFailure of(IOException e) {
    if (isDiskFull(e)) {
      return diskFull(e);
    }
    return new StepFailure(
        FailureKind.STEP_FAILED,
        "The file system refused the work on the database.",
        e.toString(),
        "Look at the path in the message and at the permissions of its directory.",
        e);
  }

  /** Whether the file itself cannot be worked with, whoever tries. */
  static boolean isDamage(SQLException e) {
    if (isWithoutRoomForWal(e)) {
      return false;
    }
    return switch (primaryCode(e)) {
      case SQLITE_BUSY,
          SQLITE_LOCKED,
          SQLITE_FULL,
          SQLITE_NOMEM,
          SQLITE_PERM,
          SQLITE_READONLY,
          SQLITE_INTERRUPT ->
          false;
      default -> !(e instanceof DatabaseInUseException);
    };
  }

  /** On a full disk even whoever only reads a database with a WAL fails: he shares memory by it. */
  private static boolean isWithoutRoomForWal(SQLException e) {
    return e instanceof SQLiteException sqlite
        && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE;
  }

  private static SQLiteErrorCode primaryCode(SQLException e) {
    return e instanceof SQLiteException sqlite
        ? SQLiteErrorCode.getErrorCode(sqlite.getResultCode().code & 0xff)
        : SQLiteErrorCode.UNKNOWN_ERROR;
  }

  private static boolean isDiskFull(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No space left on device") || message.contains("Disk quota exceeded");
  }

  private static StepFailure diskFull(Exception e) {
    return new StepFailure(
        FailureKind.DISK_FULL,
        "The disk was full.",
        e.getMessage(),
        "Make room on the file system of the database, then try again.",
        e);
  }

  private static StepFailure inUse(SQLException e, Path database) {
    SqliteFile file = new SqliteFile(withoutLinks(database));
    List<Path> files = new ArrayList<>(file.sidecars());
    files.add(file.path());
    ProcessTree.Holders holders = ProcessTree.holdersOf(files);
    return new StepFailure(
        FailureKind.STOP_FAILED,
        "The services are stopped, but another process has the database open.",
        "processes: " + holders.pids() + "; not readable: " + holders.unreadable(),
        "End the process that has " + database + " open, then try again.",
        e);
  }

  /** As {@code /proc} names an open file. */
  private static Path withoutLinks(Path database) {
    try {
      return database.toRealPath();
    } catch (IOException gone) {
      return database;
    }
  }
}
