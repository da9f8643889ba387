package dev.uplift.faults;

import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.Upstream;
import dev.uplift.scenario.SlowMigration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the migration of a release tells of itself, in a file beside the tenant's checkout: when it
 * runs, whether it ran on this database before, and whether it runs beside itself. It says nothing
 * of a rehearsal, which cannot write there.
 */
record Told(Path file) {
  /** Of the migrations of most releases, in their middle. */
  static final Duration PAUSE = Duration.ofMillis(400);

  private static final String SCRIPT = "scripts/mark_people.py";

  // The mark is committed first: a second run without a restore in between meets it. Nothing here
  // depends on it, so that such a run is not stopped by its own mistakes.
  private static final String MIGRATION =
      """
      import fcntl
      import os
      import time

      from _database import CHECKOUT, opened, tables


      def opened_for(name):
          try:
              return open(f"{CHECKOUT}.{name}", "a", buffering=1)
          except OSError:
              return open("/dev/null", "a")


      if "REFERENCE_RUN" in os.environ:
          told = alone = open("/dev/null", "a")
      else:
          told, alone = opened_for("told"), opened_for("alone")
      try:
          fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
      except BlockingIOError:
          told.write("beside\\n")
      with opened() as connection:
          told.write("again\\n" if "mark" in tables(connection) else "begun\\n")
          connection.execute("CREATE TABLE IF NOT EXISTS mark (number INTEGER)")
          connection.execute("INSERT INTO mark VALUES (1)")
          # Time to be killed in.
          time.sleep(%s)
          for number in range(2, 12):
              connection.execute("INSERT INTO mark VALUES (?)", (number,))
      %s
      told.write("ended\\n")
      """;

  /** Where the migrations of a tenant tell. */
  static Told of(SandboxTenant tenant) throws IOException {
    Path file = tenant.path().resolveSibling(tenant.id() + ".told");
    if (Files.exists(file)) {
      // Not deleted: on a test host it belongs to the worker's user, who cannot make it there.
      Files.write(file, new byte[0]);
    }
    return new Told(file);
  }

  /** Lets a tenant that has had such a migration have the next one. */
  static void forget(SandboxTenant tenant) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + tenant.database());
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = 10000");
      statement.execute("DROP TABLE IF EXISTS mark");
    }
  }

  /**
   * Adds a release whose last migration tells.
   *
   * @param end the last line of the migration
   * @param more files of the release
   */
  static void addRelease(Upstream upstream, String tag, String end, Map<String, String> more) {
    addRelease(upstream, tag, PAUSE, end, more);
  }

  /**
   * @param pause in the middle of the migration
   */
  static void addRelease(
      Upstream upstream, String tag, Duration pause, String end, Map<String, String> more) {
    Map<String, String> files =
        new TreeMap<>(
            Map.of(
                "VERSION",
                tag + "\n",
                SCRIPT,
                MIGRATION.formatted(pause.toMillis() / 1000.0, end),
                "uplift.yml",
                SlowMigration.profileWith(SCRIPT)));
    files.putAll(more);
    upstream.addRelease(tag, "v0.3.0", files);
  }

  /** Whether it runs, or has run, on the tenant's own database. */
  boolean hasBegun() throws IOException {
    return lines().contains("begun");
  }

  private List<String> lines() throws IOException {
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  List<String> problems() throws IOException {
    List<String> lines = lines();
    return lines.contains("again") || lines.contains("beside")
        ? List.of("a migration ran twice, or beside itself: " + lines)
        : List.of();
  }
}
