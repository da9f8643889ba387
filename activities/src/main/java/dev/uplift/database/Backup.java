package dev.uplift.database;

import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import dev.uplift.host.Cancellation;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;

/** The files of one backup, beside the database: the copy, its manifest, the state files. */
record Backup(Path database) {

  Path temporary() {
    return DurableFile.temporary(database);
  }

  Path manifest() {
    return database.resolveSibling(database.getFileName() + ".json");
  }

  Path state() {
    return database.resolveSibling(database.getFileName() + ".state");
  }

  /** Where a copy is made before it takes the live database's place. */
  Path restoring() {
    return database.resolveSibling(database.getFileName() + ".restoring");
  }

  boolean isAnythingThere() {
    return Files.exists(database, LinkOption.NOFOLLOW_LINKS)
        || Files.exists(temporary(), LinkOption.NOFOLLOW_LINKS)
        || Files.exists(manifest(), LinkOption.NOFOLLOW_LINKS)
        || Files.exists(new StoredName(database).deleting(), LinkOption.NOFOLLOW_LINKS)
        || Files.exists(state(), LinkOption.NOFOLLOW_LINKS);
  }

  /** The manifest goes first: without it the rest is no backup. */
  void delete() throws IOException {
    Files.deleteIfExists(manifest());
    Files.deleteIfExists(DurableFile.temporary(manifest()));
    Files.deleteIfExists(database);
    Files.deleteIfExists(temporary());
    Files.deleteIfExists(restoring());
    Directories.remove(state());
    Directories.sync(database.getParent());
  }

  /**
   * Writes the manifest, which completes the backup.
   *
   * @return the seal, by which a changed manifest is recognised
   */
  String complete(BackupManifest content) throws IOException {
    byte[] json = Json.bytes(content);
    DurableFile.write(manifest(), json);
    return sealOf(json);
  }

  /** Reads the manifest and proves that every file is what it says. */
  BackupManifest verified(String seal, Cancellation cancellation) throws IOException {
    BackupManifest content = present(seal);
    requireDigest(content, DatabaseDigest.of(database, cancellation));
    for (StateFile file : content.state()) {
      if (!file.isSavedIn(state())) {
        throw altered(
            "A state file of the backup is missing or was changed.",
            state().resolve(file.path()).toString());
      }
    }
    return content;
  }

  /** Reads the manifest and looks whether the copy of the database is there, with its size. */
  BackupManifest present(String seal) throws IOException {
    requirePresent(manifest());
    byte[] json = Files.readAllBytes(manifest());
    if (!sealOf(json).equals(seal)) {
      throw altered("The manifest of the backup was changed.", manifest().toString());
    }
    BackupManifest content = Json.read(json, BackupManifest.class);
    requirePresent(database);
    long bytes = Files.size(database);
    if (bytes != content.bytes()) {
      throw altered(
          "The backup was changed after it had been taken.",
          "%s has %d bytes; the manifest says %d".formatted(database, bytes, content.bytes()));
    }
    return content;
  }

  /** The manifest, unless it is gone or was changed; the copy itself is not looked at. */
  Optional<BackupManifest> sealedManifest(String seal) {
    try {
      byte[] json = Files.readAllBytes(manifest());
      return sealOf(json).equals(seal)
          ? Optional.of(Json.read(json, BackupManifest.class))
          : Optional.empty();
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  void requireDigest(BackupManifest manifest, DatabaseDigest found) {
    if (!found.sha256().equals(manifest.sha256())) {
      throw altered(
          "The backup was changed after it had been taken.",
          "%s has %d bytes with sha256 %s; the manifest says %d bytes with sha256 %s"
              .formatted(
                  database, found.bytes(), found.sha256(), manifest.bytes(), manifest.sha256()));
    }
  }

  private void requirePresent(Path file) {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw altered("The backup is missing.", file + " is not a regular file");
    }
  }

  private static String sealOf(byte[] manifest) {
    MessageDigest digest = DatabaseDigest.newSha256();
    digest.update(manifest);
    return DatabaseDigest.hex(digest);
  }

  private static StepFailure altered(String message, String evidence) {
    return new StepFailure(
        FailureKind.BACKUP_ALTERED,
        message,
        evidence,
        "The database was left as it is. Find a good backup and restore it by hand.");
  }
}
