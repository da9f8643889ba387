package dev.uplift.faults;

import dev.uplift.sandbox.Upstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a database is after a release's migrations, found out without Uplift: a copy that was taken
 * before, and the scripts run one after the other by hand.
 */
final class ReferenceDatabase {
  private static final List<String> SCRIPTS =
      List.of(
          "scripts/create_schema.py",
          "scripts/create_default_users.py",
          "scripts/add_person_columns.py",
          "scripts/migrate_add_import_metadata.py",
          "scripts/add_person_indexes.py",
          "scripts/add_segment_tables.py");
  private static final Pattern LISTED = Pattern.compile("(?m)^\\s*- (scripts/\\S+)$");

  /** By the database before and the commit: both determine it. */
  private static final Map<String, String> KNOWN = new ConcurrentHashMap<>();

  /**
   * Tells a script that it is run for reference, so that it does not tell of it; and that no time
   * is to be lost.
   */
  private static final String ENVIRONMENT = "REFERENCE_RUN";

  private ReferenceDatabase() {}

  /** A copy of a database, which may be in use. */
  static byte[] copyOf(Path database) throws IOException {
    Path directory = Files.createTempDirectory("reference");
    try {
      Path copy = directory.resolve("copy.db");
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
          Statement statement = connection.createStatement()) {
        statement.execute("VACUUM INTO '" + copy + "'");
      } catch (SQLException e) {
        throw new IOException(e);
      }
      return Files.readAllBytes(copy);
    } finally {
      remove(directory);
    }
  }

  /**
   * @param facts takes what matters from a database
   */
  static String migrated(
      Upstream upstream,
      String commit,
      byte[] before,
      java.util.function.Function<Path, String> facts)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("reference");
    try {
      Path database = Files.createDirectories(directory.resolve("db")).resolve("pocket.db");
      Files.write(database, before);
      String key = facts.apply(database) + " at " + commit;
      String known = KNOWN.get(key);
      if (known == null) {
        migrate(upstream, commit, directory);
        known = facts.apply(database);
        KNOWN.put(key, known);
      }
      return known;
    } finally {
      remove(directory);
    }
  }

  private static void migrate(Upstream upstream, String commit, Path directory)
      throws IOException, InterruptedException {
    run(
        directory,
        "sh",
        "-c",
        "git -c safe.directory='*' -C \"$0\" archive \"$1\" | tar -x",
        upstream.directory().toString(),
        commit);
    // Scripts of tests sleep to be found at work.
    Files.writeString(
        directory.resolve("sitecustomize.py"), "import time\ntime.sleep = lambda seconds: None\n");
    for (String script : scripts(directory)) {
      if (Files.exists(directory.resolve(script))) {
        run(directory, "python3", script);
      }
    }
  }

  private static List<String> scripts(Path release) throws IOException {
    Path profile = release.resolve("uplift.yml");
    List<String> listed =
        Files.exists(profile)
            ? LISTED.matcher(Files.readString(profile)).results().map(r -> r.group(1)).toList()
            : List.of();
    return listed.isEmpty() ? SCRIPTS : listed;
  }

  private static void run(Path directory, String... words)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(words).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().put(ENVIRONMENT, "yes");
    builder.environment().put("PYTHONPATH", directory.toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", words) + ": " + output);
    }
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
