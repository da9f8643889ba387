package dev.uplift.database;

import dev.uplift.command.ChildEnvironment;
import dev.uplift.command.Command;
import dev.uplift.command.CommandResult;
import dev.uplift.command.CommandRunner;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.rollback.TableChange;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A database that services have open. Everything is done in a child JVM, because closing the file
 * in this one would drop locks that another connection of ours holds on it.
 */
public final class LiveDatabase {
  private static final Duration INSPECTION = Duration.ofMinutes(5);
  private static final Duration SNAPSHOT = Duration.ofMinutes(30);
  private static final Duration COMPARISON = Duration.ofMinutes(2);

  // To compare a row means to look it up. Above this size rows are counted, which is some 1 s for
  // 1 GB.
  private static final long COMPARED_UP_TO_BYTES = 256L << 20;

  private static final int TABLES_LISTED = 200;
  private final List<String> jvm;

  /**
   * @param jvm the words that start a JVM with this class on its class path, up to the main class
   */
  public LiveDatabase(List<String> jvm) {
    this.jvm = List.copyOf(jvm);
  }

  /** With the JVM and the class path that this process has. */
  public static LiveDatabase withThisJvm() {
    return new LiveDatabase(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path")));
  }

  /**
   * Reads what can refuse an upgrade, while the tenant serves.
   *
   * @param state the files that are backed up with the database
   * @throws StepFailure {@code database_corrupt} if it is missing, empty, damaged or a link; {@code
   *     profile_invalid} if a state file is not a plain file
   */
  public DatabaseInspection inspect(TenantPaths paths, List<String> state, CommandRunner commands) {
    DatabaseLocation.require(paths);
    long stateBytes = stateBytes(paths, state);
    return ask(commands, INSPECTION, "inspect", paths.database().toString())
        .inspection()
        .withStateBytes(stateBytes);
  }

  private static long stateBytes(TenantPaths paths, List<String> state) {
    return DatabaseFailure.translated(
        paths.database(),
        () -> {
          long bytes = 0;
          for (StateFile file : StateFile.readAll(paths.checkout(), state)) {
            bytes += file.isThere() ? Files.size(paths.checkout().resolve(file.path())) : 0;
          }
          return bytes;
        });
  }

  /**
   * Writes a whole copy of a database while others write to it.
   *
   * @param target appears when the copy is whole; its directory exists
   */
  public void snapshot(Path database, Path target, StepContext context) {
    DatabaseLocation.require(new TenantPaths(database.getParent(), database));
    ask(context.commands(), SNAPSHOT, "snapshot", database.toString(), target.toString());
  }

  /**
   * Compares a database with a backup of it while others write to it.
   *
   * @param scratch a directory that is there and empty, for a copy of the database
   */
  public DatabaseComparison compare(
      TenantPaths paths, Path backup, Path scratch, StepContext context) {
    DatabaseLocation.require(paths);
    return DatabaseFailure.translated(
        paths.database(), () -> compareOnDisk(paths.database(), backup, scratch, context));
  }

  private DatabaseComparison compareOnDisk(
      Path database, Path backup, Path scratch, StepContext context) throws IOException {
    long bytes = Files.size(database) + new SqliteFile(database).walBytes();
    String limits = null;
    if (Math.max(bytes, Files.size(backup)) > COMPARED_UP_TO_BYTES) {
      limits = "The database is too big to compare every row: rows are only counted.";
    } else if (Files.getFileStore(scratch).getUsableSpace() < bytes + COMPARED_UP_TO_BYTES) {
      limits = "There is no room for a copy to compare with: rows are only counted.";
    }
    List<TableChange> tables;
    if (limits == null) {
      // Whoever reads a database for long keeps its application from writing in some modes.
      Path copy = scratch.resolve("live.db");
      ask(context.commands(), COMPARISON, "snapshot", database.toString(), copy.toString());
      tables =
          ask(context.commands(), COMPARISON, "compare", copy.toString(), backup.toString())
              .tables();
    } else {
      tables =
          ask(context.commands(), COMPARISON, "count", database.toString(), backup.toString())
              .tables();
    }
    return listed(tables, limits);
  }

  private static DatabaseComparison listed(List<TableChange> tables, String limits) {
    if (tables.size() <= TABLES_LISTED) {
      return new DatabaseComparison(tables, limits);
    }
    List<TableChange> some =
        tables.stream().filter(LiveDatabase::mayDiffer).limit(TABLES_LISTED).toList();
    String left =
        "Of %d tables %d are listed: such that differ, or may."
            .formatted(tables.size(), some.size());
    return new DatabaseComparison(some, limits == null ? left : limits + " " + left);
  }

  private static boolean mayDiffer(TableChange table) {
    return !(Objects.equals(table.gained(), 0L)
        && Objects.equals(table.lost(), 0L)
        && Objects.equals(table.changed(), 0L));
  }

  private DatabaseTool.Answer ask(CommandRunner commands, Duration timeout, String... task) {
    try {
      Path answerFile = Files.createTempFile("uplift-database-", ".json");
      try {
        List<String> words = new ArrayList<>(jvm);
        words.add(DatabaseTool.class.getName());
        words.add(answerFile.toString());
        words.addAll(List.of(task));
        CommandResult result =
            commands.run(
                new Command(
                    words,
                    answerFile.getParent(),
                    ChildEnvironment.forTenantCode(System.getenv()),
                    timeout));
        requireSuccess(result, task[0]);
        DatabaseTool.Answer answer =
            Json.read(Files.readAllBytes(answerFile), DatabaseTool.Answer.class);
        if (answer.failure() != null) {
          DatabaseTool.Refusal refusal = answer.failure();
          throw new StepFailure(
              refusal.kind(), refusal.message(), refusal.evidence(), refusal.advice());
        }
        return answer;
      } finally {
        Files.deleteIfExists(answerFile);
      }
    } catch (IOException e) {
      throw DatabaseFailure.of(e);
    }
  }

  private static void requireSuccess(CommandResult result, String task) {
    if (!result.succeeded()) {
      throw new StepFailure(
          FailureKind.STEP_FAILED,
          result.timedOut()
              ? "The " + task + " of the live database took longer than it may."
              : "The " + task + " of the live database ended with " + result.exitCode() + ".",
          result.output(),
          "Look at the output, and whether something keeps the database locked.");
    }
  }
}
