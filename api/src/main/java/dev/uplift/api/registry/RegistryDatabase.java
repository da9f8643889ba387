package dev.uplift.api.registry;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.flywaydb.core.Flyway;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** The SQLite file with registry, ledger, tokens and audit log. */
public final class RegistryDatabase {
  private static final int CONNECTIONS = 4;
  private static final int BUSY_TIMEOUT_MILLIS = 5_000;

  private RegistryDatabase() {}

  /**
   * Opens the database, made or brought to the newest form if it is not. Done here and not by
   * Spring Boot, since the command line opens it too.
   */
  public static HikariDataSource open(Path file) {
    Path database = file.toAbsolutePath();
    SQLiteDataSource sqlite = new SQLiteDataSource(config());
    sqlite.setUrl("jdbc:sqlite:" + database);
    migrate(database, sqlite);
    HikariConfig pool = new HikariConfig();
    pool.setPoolName("registry");
    pool.setDataSource(sqlite);
    pool.setMaximumPoolSize(CONNECTIONS);
    return new HikariDataSource(pool);
  }

  private static SQLiteConfig config() {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    config.enforceForeignKeys(true);
    // A transaction that begins as a reader cannot wait for the writer before it: it fails at once.
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    return config;
  }

  // Two processes may open a new database together, the API and `uplift token create`.
  private static synchronized void migrate(Path database, SQLiteDataSource sqlite) {
    try {
      Files.createDirectories(database.getParent());
      Path lockFile = database.resolveSibling(database.getFileName() + ".lock");
      try (FileChannel channel =
          FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        channel.lock(); // until the channel is closed
        Flyway.configure(RegistryDatabase.class.getClassLoader())
            .dataSource(sqlite)
            .locations("classpath:dev/uplift/api/registry/schema")
            .load()
            .migrate();
      }
    } catch (IOException unusable) {
      throw new UncheckedIOException("cannot open the registry " + database, unusable);
    }
  }
}
