package dev.uplift.database;

import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import dev.uplift.host.Cancellation;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Proves that a backup could be put back: it is restored into scratch, as RestoreDatabase would
 * into the tenant, and compared with its manifest.
 */
public final class BackupProof {
  private BackupProof() {}

  /**
   * What came of it.
   *
   * @param manifestSha256 of the manifest that the backup was compared with; null if there is none
   * @param problem why it is not good; null if it is, or if nobody could tell
   * @param undecided why nobody could tell; null if somebody could
   * @param warnings what is wrong with the data, but is no fault of the backup
   */
  public record Outcome(
      String manifestSha256, String problem, String undecided, List<String> warnings) {
    static Outcome good(String manifestSha256, List<String> warnings) {
      return new Outcome(manifestSha256, null, null, warnings);
    }

    static Outcome bad(String manifestSha256, String problem) {
      return new Outcome(manifestSha256, problem, null, List.of());
    }

    static Outcome undecided(String why) {
      return new Outcome(null, null, why, List.of());
    }
  }

  /**
   * @param listed as good, by {@link StoredDatabases#list}
   * @param scratch a directory that is not there yet and is not left behind
   * @param keepFreeBytes what must stay free on the file system of scratch
   */
  public static Outcome of(
      StoredDatabase listed, Path scratch, long keepFreeBytes, Cancellation cancellation) {
    try {
      Directories.create(scratch);
      FileStore store = Files.getFileStore(scratch);
      if (store.getUsableSpace() - keepFreeBytes < listed.bytes()) {
        return Outcome.undecided(
            "there is not enough room in scratch: %,d bytes are needed, %,d are free, of which %,d are to be kept free"
                .formatted(listed.bytes(), store.getUsableSpace(), keepFreeBytes));
      }
      return restored(listed, new Backup(listed.file()), scratch, cancellation);
    } catch (SQLException e) {
      return DatabaseFailure.isDamage(e)
          ? Outcome.bad(listed.manifestSha256(), "SQLite finds it damaged: " + e.getMessage())
          : Outcome.undecided(e.getMessage());
    } catch (IOException e) {
      return Outcome.undecided(e.toString());
    } finally {
      remove(scratch);
    }
  }

  private static Outcome restored(
      StoredDatabase listed, Backup backup, Path scratch, Cancellation cancellation)
      throws IOException, SQLException {
    byte[] json = Files.readAllBytes(backup.manifest());
    String seal = listed.manifestSha256();
    if (!StoredDatabases.sha256(json).equals(seal)) {
      return Outcome.undecided("its manifest was changed just now");
    }
    BackupManifest manifest = Json.read(json, BackupManifest.class);
    Path copy = scratch.resolve("restored.db");
    DatabaseDigest digest = DatabaseDigest.copying(backup.database(), copy, cancellation);
    List<String> problems = new ArrayList<>();
    if (!digest.sha256().equals(manifest.sha256())
        || !digest.contentSha256().equals(manifest.contentSha256())) {
      return Outcome.bad(
          seal,
          "its content has sha256 %s, the manifest says %s"
              .formatted(digest.sha256(), manifest.sha256()));
    }
    differences(manifest, DatabaseHeader.read(copy), problems);
    compare(
        "owner and mode",
        Ownership.of(backup.database()).toString(),
        manifest.ownership().toString(),
        problems);
    for (StateFile file : manifest.state()) {
      if (!file.isSavedIn(backup.state())) {
        problems.add("its state file " + file.path() + " is missing or was changed");
      }
    }
    manifest.ownership().applyTo(copy);
    DurableFile.sync(copy);
    SqliteFile database = new SqliteFile(copy);
    cancellation.check();
    Map<String, Long> violations;
    try (Connection connection = database.openToRead()) {
      compare("schema", DatabaseReader.schemaSha256(connection), manifest.schemaSha256(), problems);
      DatabaseReader.integrityCheck(connection)
          .forEach(problem -> problems.add("SQLite finds it damaged: " + problem));
      cancellation.check();
      violations = DatabaseReader.foreignKeyViolations(connection);
    }
    database.setJournalMode(manifest.journalMode());
    compare(
        "journal mode", database.journalMode().pragma(), manifest.journalMode().pragma(), problems);
    return problems.isEmpty()
        ? Outcome.good(seal, warnings(violations))
        : Outcome.bad(seal, String.join("; ", problems));
  }

  private static void differences(
      BackupManifest manifest, DatabaseHeader header, List<String> problems) {
    compare("page size", header.pageSize(), manifest.pageSize(), problems);
    compare("encoding", header.encoding(), manifest.encoding(), problems);
    compare("auto-vacuum", header.autoVacuum(), manifest.autoVacuum(), problems);
    compare("user version", header.userVersion(), manifest.userVersion(), problems);
    compare("application id", header.applicationId(), manifest.applicationId(), problems);
  }

  private static void compare(String what, Object found, Object told, List<String> problems) {
    if (!found.equals(told)) {
      problems.add("its " + what + " is " + found + ", the manifest says " + told);
    }
  }

  // The content is what was backed up, so these rows were in the tenant's database, too.
  private static List<String> warnings(Map<String, Long> violations) {
    return violations.entrySet().stream()
        .map(
            reference ->
                "%s: %d rows refer to nothing, as in the database that was backed up"
                    .formatted(reference.getKey(), reference.getValue()))
        .toList();
  }

  private static void remove(Path scratch) {
    try {
      Directories.remove(scratch);
    } catch (IOException leftForRetention) {
      // A scratch tree that stays is cleared away with the others.
    }
  }
}
