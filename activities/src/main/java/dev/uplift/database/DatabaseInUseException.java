package dev.uplift.database;

import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Somebody has a database open that nobody should have open. */
final class DatabaseInUseException extends SQLException {
  private static final long serialVersionUID = 1L;

  DatabaseInUseException(SqliteFile database) {
    this(database.path(), null);
  }

  private DatabaseInUseException(Path database, SQLException cause) {
    super("another process has " + database + " open", cause);
  }

  /** The exception itself, unless it says that another connection was in the way. */
  static SQLException orSame(SqliteFile database, SQLException e) {
    boolean inTheWay =
        e instanceof SQLiteException sqlite
            && (isOf(sqlite, SQLiteErrorCode.SQLITE_BUSY)
                || isOf(sqlite, SQLiteErrorCode.SQLITE_LOCKED));
    return inTheWay ? new DatabaseInUseException(database.path(), e) : e;
  }

  private static boolean isOf(SQLiteException e, SQLiteErrorCode primary) {
    return (e.getResultCode().code & 0xff) == primary.code;
  }
}
