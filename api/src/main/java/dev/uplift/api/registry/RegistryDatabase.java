package dev.uplift.api.registry;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.Credentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** The database with registry, ledger, tokens and audit log: an SQLite file, or PostgreSQL. */
public final class RegistryDatabase {
  private static final Logger log = LoggerFactory.getLogger(RegistryDatabase.class);
  private static final String SCHEMA = "classpath:dev/uplift/api/registry/schema/";
  private static final int SQLITE_CONNECTIONS = 4;
  private static final int SQLITE_BUSY_TIMEOUT_MILLIS = 5_000;

  private static final int POSTGRESQL_CONNECTIONS = 8;
  private static final int CONNECT_SECONDS = 3;

  /** After which a statement is given up of which nothing is heard. */
  private static final int SILENCE_SECONDS = 20;

  private static final Duration RETRY_PAUSE = Duration.ofSeconds(2);

  private RegistryDatabase() {}

  /**
   * Opens the database, made or brought to the newest form if it is not. Done here and not by
   * Spring Boot, since the command line opens it too.
   *
   * @throws RegistrySettingsException if it cannot be had
   */
  public static HikariDataSource open(RegistryAddress address) {
    return open(address, Duration.ZERO);
  }

  /**
   * @param patience how long a PostgreSQL server is waited for that does not answer
   */
  static HikariDataSource open(RegistryAddress address, Duration patience) {
    return address.isPostgresql() ? postgresql(address, patience) : sqlite(address.file());
  }

  private static HikariDataSource sqlite(Path database) {
    SQLiteDataSource sqlite = new SQLiteDataSource(sqliteConfig());
    sqlite.setUrl("jdbc:sqlite:" + database);
    migrateAlone(database, sqlite);
    HikariConfig pool = pool(sqlite);
    pool.setMaximumPoolSize(SQLITE_CONNECTIONS);
    return new HikariDataSource(pool);
  }

  private static SQLiteConfig sqliteConfig() {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(SQLITE_BUSY_TIMEOUT_MILLIS);
    config.enforceForeignKeys(true);
    // A transaction that begins as a reader cannot wait for the writer before it: it fails at once.
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    return config;
  }

  // Two processes may open a new database together, the API and `uplift token create`.
  private static synchronized void migrateAlone(Path database, DataSource sqlite) {
    try {
      Files.createDirectories(database.getParent());
      Path lockFile = database.resolveSibling(database.getFileName() + ".lock");
      try (FileChannel channel =
          FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        channel.lock(); // until the channel is closed
        migrate(sqlite, "sqlite");
      }
    } catch (IOException unusable) {
      throw new UncheckedIOException("cannot open the registry " + database, unusable);
    }
  }

  private static HikariDataSource postgresql(RegistryAddress address, Duration patience) {
    address.password();
    PGSimpleDataSource server = new PGSimpleDataSource();
    server.setConnectTimeout(CONNECT_SECONDS);
    server.setSocketTimeout(SILENCE_SECONDS);
    server.setApplicationName("uplift-api");
    // What the URL says goes before what is said here.
    server.setUrl(address.database());
    awaitAnswer(address, server, patience);
    HikariConfig pool = pool(server);
    pool.setCredentialsProvider(() -> Credentials.of(address.user(), address.password()));
    pool.setMaximumPoolSize(POSTGRESQL_CONNECTIONS);
    pool.setConnectionTimeout(Duration.ofSeconds(CONNECT_SECONDS).toMillis());
    pool.setValidationTimeout(Duration.ofSeconds(CONNECT_SECONDS - 1).toMillis());
    HikariDataSource opened = new HikariDataSource(pool);
    boolean migrated = false;
    try {
      // Two processes that migrate at once wait for each other: Flyway holds a lock in there.
      migrate(opened, "postgresql");
      migrated = true;
      return opened;
    } finally {
      if (!migrated) {
        opened.close();
      }
    }
  }

  private static void awaitAnswer(
      RegistryAddress address, PGSimpleDataSource server, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      try (Connection answered = server.getConnection(address.user(), address.password())) {
        return;
      } catch (SQLException failure) {
        RegistryFailure problem = RegistryFailure.of(address, failure);
        if (!problem.maySettleItself() || System.nanoTime() >= deadline) {
          throw new RegistrySettingsException(problem.message(), failure);
        }
        log.warn("waiting for the registry: {}", problem.message());
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(RETRY_PAUSE.toMillis());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new RegistrySettingsException("told to stop while waiting for the registry", stopped);
    }
  }

  private static HikariConfig pool(DataSource database) {
    HikariConfig pool = new HikariConfig();
    pool.setPoolName("registry");
    pool.setDataSource(database);
    return pool;
  }

  private static void migrate(DataSource database, String vendor) {
    Flyway.configure(RegistryDatabase.class.getClassLoader())
        .dataSource(database)
        .locations(SCHEMA + vendor)
        .load()
        .migrate();
  }
}
