package dev.uplift.database;

import dev.uplift.durable.DurableFile;
import dev.uplift.host.HostStep;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * Copies the database of a stopped tenant, with its state files, so that exactly this can be put
 * back.
 *
 * <p>A killed attempt is thrown away and done again: the note of its name comes before its first
 * file.
 */
public final class BackUpDatabase implements HostStep {
  /**
   * The note that is there as soon as the database may have been touched. Without it there is
   * nothing to restore.
   */
  public static final String BEGUN = "database.backup_begun";

  static final DateTimeFormatter TIME_IN_NAME = DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss");
  private final Clock clock;

  /**
   * @param clock with the host's time zone, which is the one in the backup's name
   */
  public BackUpDatabase(Clock clock) {
    this.clock = clock;
  }

  @Override
  public StepResult run(StepInput input, StepContext context) {
    TenantPaths paths = TenantPaths.of(input.plan().tenant(), input.from().profile());
    DatabaseLocation.require(paths);
    return DatabaseFailure.translated(paths.database(), () -> backUp(input, context, paths));
  }

  private StepResult backUp(StepInput input, StepContext context, TenantPaths paths)
      throws SQLException, IOException {
    SqliteFile live = new SqliteFile(paths.database());
    BackupNote note = begin(input, context, live);
    Backup backup = note.files();
    try {
      BackupManifest manifest = copy(input, context, paths, note);
      note.sealed(backup.complete(manifest)).writeTo(context.notes());
      context.evidence().keep("database/backup", Json.text(manifest));
      live.setJournalMode(note.journalMode());
      String kept = note.kept() ? backup.database().toString() : null;
      return StepResult.of(summary(manifest, kept))
          .withFacts(StepResult.Facts.backup(kept, manifest.identity()));
    } finally {
      Files.deleteIfExists(backup.temporary());
    }
  }

  private BackupNote begin(StepInput input, StepContext context, SqliteFile live)
      throws IOException {
    var earlier = BackupNote.in(context.notes());
    // An attempt that was killed may have quiesced already: then the file no longer tells the mode.
    JournalMode journalMode =
        earlier.isPresent() ? earlier.get().journalMode() : live.journalMode();
    if (earlier.isPresent()) {
      earlier.get().sealed(null).writeTo(context.notes());
      earlier.get().files().delete();
    }
    boolean kept = input.plan().options().keepBackup();
    Path name = kept ? freshName(live.path()) : unkeptName(live.path(), input);
    BackupNote note = new BackupNote(name.toString(), journalMode, kept, null);
    note.writeTo(context.notes());
    return note;
  }

  private Path freshName(Path database) {
    String time = TIME_IN_NAME.format(OffsetDateTime.now(clock));
    Path name = database.resolveSibling(database.getFileName() + ".backup_" + time);
    Path candidate = name;
    for (int n = 2; new Backup(candidate).isAnythingThere(); n++) {
      candidate = name.resolveSibling(name.getFileName() + "_" + n);
    }
    return candidate;
  }

  private static Path unkeptName(Path database, StepInput input) {
    return database.resolveSibling(
        database.getFileName() + ".backup_until_commit_" + input.plan().upgradeId());
  }

  private BackupManifest copy(
      StepInput input, StepContext context, TenantPaths paths, BackupNote note)
      throws SQLException, IOException {
    SqliteFile live = new SqliteFile(paths.database());
    Backup backup = note.files();
    live.quiesce();
    Ownership ownership = Ownership.of(live.path());
    String schema = schemaOf(live);
    DatabaseDigest digest =
        DatabaseDigest.copying(live.path(), backup.temporary(), context.cancellation());
    if (Files.mismatch(live.path(), backup.temporary()) != -1) {
      throw new StepFailure(
          FailureKind.STEP_FAILED,
          "The copy of the database differs from the database.",
          backup.temporary() + " was read back and compared with " + live.path(),
          "Look for a process that still writes, or for a fault of the disk.");
    }
    ownership.applyTo(backup.temporary());
    DurableFile.sync(backup.temporary());
    DurableFile.rename(backup.temporary(), backup.database());
    List<StateFile> state = StateFile.readAll(paths.checkout(), input.from().profile().state());
    for (StateFile file : state) {
      file.copyTo(backup.state(), paths.checkout());
    }
    DatabaseHeader header = DatabaseHeader.read(backup.database());
    return new BackupManifest(
        BackupManifest.FORMAT,
        input.plan().upgradeId().toString(),
        input.plan().tenant().id().value(),
        live.path().toString(),
        OffsetDateTime.now(clock).toString(),
        input.from().version(),
        input.from().commit().value(),
        digest.sha256(),
        digest.bytes(),
        digest.contentSha256(),
        note.journalMode(),
        header.pageSize(),
        header.encoding(),
        header.autoVacuum(),
        header.userVersion(),
        header.applicationId(),
        schema,
        ownership,
        state,
        StoredDatabases.nextSequence(live.path()));
  }

  private static String schemaOf(SqliteFile quiesced) throws SQLException, IOException {
    try (Connection connection = quiesced.openToRead()) {
      return DatabaseReader.schemaSha256(connection);
    }
  }

  private static String summary(BackupManifest manifest, String kept) {
    return kept == null
        ? "Copied %,d bytes, to be deleted after the commit".formatted(manifest.bytes())
        : "Copied %,d bytes to %s".formatted(manifest.bytes(), kept);
  }

  /**
   * Deletes the copy of an upgrade that was told to keep no backup; a kept one stays. For when
   * nothing can need it any more: after the commit, or after everything was put back and proven.
   */
  public static void discard(StepContext context) {
    BackupNote.in(context.notes())
        .filter(note -> !note.kept())
        .ifPresent(
            note ->
                DatabaseFailure.translated(
                    Path.of(note.backup()),
                    () -> {
                      note.files().delete();
                      return null;
                    }));
  }
}
