package dev.uplift.database;

import dev.uplift.host.Cancellation;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.FailureKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * The backup that an upgrade left when it was committed: what its rollback puts into the place of
 * the database.
 */
public final class KeptBackup {
  private static final String TO_REINSTATE = "rollback.backup";
  private final BackupNote note;

  private KeptBackup(BackupNote note) {
    this.note = note;
  }

  /**
   * What is known of a backup that was read from its first to its last byte.
   *
   * @param takenAt local time of the host, with its offset
   * @param stateBytes of all its state files together
   */
  public record Proven(String takenAt, long bytes, long stateBytes) {}

  /**
   * The backup that a note under {@link BackUpDatabase#BEGUN} tells of; empty if it was not to be
   * kept.
   */
  public static Optional<KeptBackup> of(Optional<String> note) {
    return note.map(text -> Json.own(text, BackupNote.class))
        .filter(backup -> backup.isCompleted() && backup.kept())
        .map(KeptBackup::new);
  }

  /** The one that {@link #choose} wrote down; empty for an upgrade. */
  static Optional<KeptBackup> chosen(StepContext.Notes notes) {
    return of(notes.get(TO_REINSTATE));
  }

  /** Writes down that this is the backup to put back. */
  public void choose(StepContext.Notes notes) {
    notes.put(TO_REINSTATE, Json.text(note));
  }

  public Path database() {
    return files().database();
  }

  Backup files() {
    return note.files();
  }

  /**
   * Reads all of it.
   *
   * @throws StepFailure {@code backup_altered} if it is missing, or not what that upgrade of this
   *     tenant wrote beside its database
   */
  public Proven verified(
      TenantPaths paths, Slug tenant, UUID upgradeId, Cancellation cancellation) {
    requirePlace(paths);
    BackupManifest manifest = manifest(cancellation);
    if (!manifest.tenant().equals(tenant.value())
        || !manifest.upgradeId().equals(upgradeId.toString())) {
      throw notOurs(
          "Its manifest says: upgrade " + manifest.upgradeId() + " of " + manifest.tenant() + ".");
    }
    return new Proven(manifest.createdAt(), manifest.bytes(), stateBytes(manifest));
  }

  /**
   * Looks whether it is still there as it was when it was read, at once whatever its size. A change
   * that keeps the size is found when it is copied.
   *
   * @throws StepFailure {@code backup_altered} if it is not
   */
  public void requirePresent(TenantPaths paths) {
    requirePlace(paths);
    DatabaseFailure.translated(
        database(),
        () -> {
          files().present(note.seal());
          return null;
        });
  }

  private void requirePlace(TenantPaths paths) {
    if (!database().getParent().equals(paths.database().getParent())) {
      throw notOurs("It is not beside " + paths.database() + ".");
    }
    DatabaseLocation.requireParents(paths.checkout(), database());
  }

  private long stateBytes(BackupManifest manifest) {
    return DatabaseFailure.translated(
        database(),
        () -> {
          long bytes = 0;
          for (StateFile file : manifest.state()) {
            bytes += file.isThere() ? Files.size(files().state().resolve(file.path())) : 0;
          }
          return bytes;
        });
  }

  /** The manifest, when every file was proven to be what it says. */
  BackupManifest manifest(Cancellation cancellation) {
    return DatabaseFailure.translated(
        database(), () -> files().verified(note.seal(), cancellation));
  }

  private StepFailure notOurs(String evidence) {
    return new StepFailure(
        FailureKind.BACKUP_ALTERED,
        "The backup " + database() + " is not that of this upgrade of this tenant.",
        evidence,
        "Find the right backup and restore it by hand.");
  }
}
