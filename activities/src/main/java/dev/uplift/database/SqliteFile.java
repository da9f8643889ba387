package dev.uplift.database;

import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;

/** A SQLite database and the sidecar files that may hold a part of what was committed to it. */
record SqliteFile(Path path) {
  private static final Duration PATIENCE_WITH_LOCKS = Duration.ofSeconds(10);

  Path wal() {
    return sidecar("-wal");
  }

  Path sharedMemory() {
    return sidecar("-shm");
  }

  Path rollbackJournal() {
    return sidecar("-journal");
  }

  List<Path> sidecars() {
    return List.of(wal(), sharedMemory(), rollbackJournal());
  }

  private Path sidecar(String suffix) {
    return path.resolveSibling(path.getFileName() + suffix);
  }

  /** Whether a sidecar may hold something that the database file lacks. */
  boolean hasUnsettledSidecar() throws IOException {
    return walBytes() > 0 || hasHotJournal();
  }

  /**
   * How much is in the write-ahead log; 0 if there is none. An application that closes its last
   * connection deletes it, at any moment.
   */
  long walBytes() throws IOException {
    try {
      return Files.size(wal());
    } catch (NoSuchFileException noneOrNoLonger) {
      return 0;
    }
  }

  /**
   * A journal is hot once its header is written. One that begins with a zero was cut short before
   * the database was changed, or is kept by an application for its next transaction.
   */
  private boolean hasHotJournal() throws IOException {
    try (InputStream journal = Files.newInputStream(rollbackJournal())) {
      return journal.read() > 0;
    } catch (NoSuchFileException noneOrNoLonger) {
      return false;
    }
  }

  boolean isRegular() {
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
  }

  /** Whether anything has this name, even a link to nothing. */
  boolean exists() {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  Connection open() throws SQLException {
    return connect(SQLiteOpenMode.READWRITE);
  }

  /**
   * Read-only where that is possible. Reading in WAL mode writes shared memory, and a hot journal
   * has to be rolled back before anything can be read.
   */
  Connection openToRead() throws SQLException, IOException {
    boolean needsNoWrite = journalMode() == JournalMode.DELETE && !hasUnsettledSidecar();
    return connect(needsNoWrite ? SQLiteOpenMode.READONLY : SQLiteOpenMode.READWRITE);
  }

  private Connection connect(SQLiteOpenMode access) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    // Opening must never create: a wrong path would become an empty database.
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    config.resetOpenMode(SQLiteOpenMode.READWRITE);
    config.setOpenMode(access);
    config.setOpenMode(SQLiteOpenMode.OPEN_URI);
    config.setBusyTimeout(Math.toIntExact(PATIENCE_WITH_LOCKS.toMillis()));
    // A URI, because anything after a '?' in a plain path would be taken for options.
    Connection connection = config.createConnection("jdbc:sqlite:" + path.toUri());
    try {
      // The file is the tenant's: nothing in its schema may call functions with side effects.
      execute(connection, "PRAGMA trusted_schema=OFF");
      execute(connection, "PRAGMA cell_size_check=ON");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  JournalMode journalMode() throws IOException {
    return DatabaseHeader.read(path).journalMode();
  }

  /**
   * Puts all that was committed into the one file and removes the sidecars: afterwards the file can
   * be copied, hashed and renamed like any other.
   *
   * @throws DatabaseInUseException if another process has it open
   */
  void quiesce() throws SQLException, IOException {
    try (Connection connection = open()) {
      // Reading is what makes SQLite roll back a hot journal or recover a left WAL.
      execute(connection, "SELECT count(*) FROM sqlite_schema");
      if (journalMode(connection) == JournalMode.WAL) {
        leaveWal(connection);
      } else {
        execute(connection, "BEGIN EXCLUSIVE");
        execute(connection, "ROLLBACK");
      }
      // A journal that an application keeps between transactions stays behind in DELETE mode; it
      // only goes away when a connection changes the mode.
      execute(connection, "PRAGMA journal_mode=PERSIST");
      execute(connection, "PRAGMA journal_mode=DELETE");
    } catch (SQLException e) {
      throw DatabaseInUseException.orSame(this, e);
    }
    if (hasUnsettledSidecar()) {
      throw new DatabaseInUseException(this);
    }
    for (Path sidecar : sidecars()) {
      Files.deleteIfExists(sidecar);
    }
    DurableFile.sync(path);
    Directories.sync(path.getParent());
  }

  private void leaveWal(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
      // A reader that is in the way is told in this row, not as an error.
      if (!row.next() || row.getInt(1) != 0) {
        throw new DatabaseInUseException(this);
      }
    }
    switchTo(connection, JournalMode.DELETE);
  }

  /** Puts a quiesced database into this mode; no sidecar is left. */
  void setJournalMode(JournalMode mode) throws SQLException, IOException {
    if (journalMode() == mode) {
      return;
    }
    try (Connection connection = open()) {
      switchTo(connection, mode);
    } catch (SQLException e) {
      throw DatabaseInUseException.orSame(this, e);
    }
    DurableFile.sync(path);
    Directories.sync(path.getParent());
  }

  private void switchTo(Connection connection, JournalMode mode) throws SQLException {
    if (!text(connection, "PRAGMA journal_mode=" + mode.pragma()).equals(mode.pragma())) {
      throw new DatabaseInUseException(this);
    }
  }

  private static JournalMode journalMode(Connection connection) throws SQLException {
    return text(connection, "PRAGMA journal_mode").equals("wal")
        ? JournalMode.WAL
        : JournalMode.DELETE;
  }

  static String text(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : "";
    }
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** A name as SQL takes it, whatever is in it. */
  static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
