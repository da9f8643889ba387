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
import java.sql.SQLException;

/**
 * Puts the backup of an earlier upgrade, with its state files, into the place of the database of a
 * stopped tenant. What is there was backed up by this run, so nothing of it is kept besides.
 *
 * <p>Killed anywhere, it leaves the one database or the other whole, and a rerun ends with that of
 * the backup.
 */
public final class ReinstateDatabase implements HostStep {

  @Override
  public StepResult run(StepInput input, StepContext context) {
    KeptBackup chosen =
        KeptBackup.chosen(context.notes())
            .orElseThrow(
                () ->
                    new StepFailure(
                        FailureKind.STEP_FAILED,
                        "Nobody wrote down which backup is to be put back.",
                        null,
                        "Start the rollback again."));
    TenantPaths paths = TenantPaths.of(input.plan().tenant(), input.from().profile());
    DatabaseLocation.require(paths);
    // What a killed attempt measured is no measure any more.
    RowCounts.forget(context);
    StepResult result =
        DatabaseFailure.translated(paths.database(), () -> reinstate(chosen, paths, context));
    // What is written from now on is written by the release that this database belongs to.
    RowCounts.note(context, paths.database());
    return result;
  }

  private static StepResult reinstate(KeptBackup chosen, TenantPaths paths, StepContext context)
      throws SQLException, IOException {
    SqliteFile live = new SqliteFile(paths.database());
    Replacement replacement = new Replacement(live, context.cancellation());
    BackupManifest manifest = chosen.manifest(context.cancellation());
    if (!replacement.quiesce()) {
      throw new StepFailure(
          FailureKind.DATABASE_CORRUPT,
          "The database " + live.path() + " was damaged after it had been backed up.",
          null,
          "Find out who writes to it while the services are stopped.");
    }
    if (!replacement.holds(manifest)) {
      replacement.put(chosen.files(), manifest, () -> {});
    }
    for (StateFile file : manifest.state()) {
      if (!file.isInPlace(paths.checkout())) {
        file.replace(chosen.files().state(), paths.checkout());
      }
    }
    live.setJournalMode(manifest.journalMode());
    return StepResult.of(
        "Put %,d bytes of %s back, as they were at %s"
            .formatted(manifest.bytes(), manifest.releaseFrom(), manifest.createdAt()));
  }

  /** Removes what a killed attempt may have left half copied, for whoever turns back instead. */
  static void clear(TenantPaths paths, StepContext context, BackupManifest present)
      throws IOException {
    var chosen = KeptBackup.chosen(context.notes());
    if (chosen.isPresent()) {
      DurableFile.delete(chosen.get().files().restoring());
      for (StateFile file : present.state()) {
        Files.deleteIfExists(DurableFile.temporary(paths.checkout().resolve(file.path())));
      }
    }
  }
}
