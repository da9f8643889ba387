package dev.uplift.database;

import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * A backup that is whole and on the disk, for whoever has to restore it by hand.
 *
 * @param stateFiles the directory with copies of the profile's state files
 * @param journalMode that the tenant's database had
 * @param sha256 of the copy, as its manifest says; empty if that is gone or was changed
 */
public record CompletedBackup(
    Path database, Path manifest, Path stateFiles, String journalMode, Optional<String> sha256) {

  /**
   * The backup that a note under {@link BackUpDatabase#BEGUN} tells of, also one that is not to be
   * kept; empty if none was completed, so that nothing had been written.
   */
  public static Optional<CompletedBackup> of(Optional<String> note) {
    return note.map(text -> Json.own(text, BackupNote.class))
        .filter(BackupNote::isCompleted)
        .map(
            completed ->
                new CompletedBackup(
                    completed.files().database(),
                    completed.files().manifest(),
                    completed.files().state(),
                    completed.journalMode().pragma(),
                    completed
                        .files()
                        .sealedManifest(completed.seal())
                        .map(BackupManifest::sha256)));
  }

  /**
   * Its place among the backups beside it, whatever the clock said; empty if it is gone, or is not
   * of that upgrade any more.
   */
  public Optional<Long> sequence(UUID upgradeId) {
    return StoredDatabases.sequenceOf(manifest, upgradeId);
  }
}
