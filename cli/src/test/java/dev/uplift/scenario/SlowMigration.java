package dev.uplift.scenario;

import dev.uplift.sandbox.Upstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A release whose last migration commits something, takes its time, and commits the rest. It tells
 * a file what it does, from which a test learns when it runs, how often, and whether it ever ran
 * beside itself.
 */
public record SlowMigration(String tag, Path told) {
  private static final String SCRIPT = "scripts/score_people.py";

  /** Adds the release to the upstream, on top of v0.3.0. */
  public static SlowMigration addTo(Upstream upstream, String tag, Duration takes, Path directory)
      throws IOException {
    return add(upstream, tag, "time.sleep(" + takes.toSeconds() + ")", directory);
  }

  /**
   * Adds a release whose migration takes its time until somebody says so.
   *
   * @param go a file whose appearance says so
   */
  static SlowMigration addTo(Upstream upstream, String tag, Path go, Path directory)
      throws IOException {
    String pause = "while not os.path.exists(\"" + go + "\"): time.sleep(0.02)";
    return add(upstream, tag, pause, directory);
  }

  private static SlowMigration add(Upstream upstream, String tag, String pause, Path directory)
      throws IOException {
    Path told = Files.createDirectories(directory).resolve(tag + ".told");
    String script =
        """
        import fcntl
        import os
        import time

        from _database import columns, opened

        # What is run for reference is not told.
        told = open(os.devnull if "REFERENCE_RUN" in os.environ else "%s", "a", buffering=1)
        alone = open("%s.alone", "w")


        def tell(what):
            told.write(f"{what} {os.getpid()}\\n")


        try:
            fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("beside")
        with opened() as connection:
            # Not idempotent on purpose: what an earlier run committed must be gone.
            connection.execute("ALTER TABLE person ADD COLUMN score INTEGER")
            tell("begun")
            %s
            connection.execute("UPDATE person SET score = coalesce(score, 0) + length(name)")
        tell("ended")
        """
            .formatted(told, told, pause);
    upstream.addRelease(
        tag,
        "v0.3.0",
        Map.of("VERSION", tag + "\n", SCRIPT, script, "uplift.yml", profileWith(SCRIPT)));
    return new SlowMigration(tag, told);
  }

  /** The {@code uplift.yml} of a release that has one more migration than its app. */
  public static String profileWith(String script) {
    return """
    migrations:
      run: [venv/bin/python, "{script}"]
      scripts:
        - scripts/create_schema.py
        - scripts/create_default_users.py
        - scripts/add_person_columns.py
        - scripts/migrate_add_import_metadata.py
        - scripts/add_person_indexes.py
        - scripts/add_segment_tables.py
        - %s
    """
        .formatted(script);
  }

  public String request() {
    return "{\"target_version\":\"" + tag + "\"}";
  }

  public void awaitBegun(Duration patience) throws Exception {
    Eventually.within(patience, "the migration of " + tag + " runs", () -> times("begun") > 0);
  }

  public List<String> lines() throws IOException {
    return Files.exists(told) ? Files.readAllLines(told) : List.of();
  }

  public long times(String what) throws IOException {
    return lines().stream().filter(line -> line.startsWith(what + " ")).count();
  }

  /** The processes in which it began, the first one first. */
  public List<Long> processIds() throws IOException {
    return lines().stream()
        .filter(line -> line.startsWith("begun "))
        .map(line -> Long.valueOf(line.substring("begun ".length())))
        .toList();
  }
}
