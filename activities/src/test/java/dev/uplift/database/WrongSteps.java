package dev.uplift.database;

import dev.uplift.durable.DurableFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Backups and restores as they would be written in a hurry. Each does what it is called. */
final class WrongSteps {
  private WrongSteps() {}

  /** A way to back a stopped tenant's database up. */
  interface BackingUp {
    /**
     * @return the backup
     */
    Path run(StoppedTenant tenant) throws Exception;
  }

  /** A way to put it back, after the real backup. */
  interface Restoring {
    void run(StoppedTenant tenant) throws Exception;
  }

  static Path realBackUp(StoppedTenant tenant) {
    return Path.of(tenant.backUp().facts().backupPath());
  }

  static Path plainCopy(StoppedTenant tenant) throws Exception {
    Path backup = tenant.database().resolveSibling("pocket.db.backup_20251211_225756");
    return Files.copy(tenant.database(), backup, StandardCopyOption.REPLACE_EXISTING);
  }

  static Path withoutDirectorySync(StoppedTenant tenant) throws Exception {
    new SqliteFile(tenant.database()).quiesce();
    Path backup = tenant.database().resolveSibling("pocket.db.backup_20251211_225756");
    Path temporary = DurableFile.temporary(backup);
    Files.copy(tenant.database(), temporary);
    DurableFile.sync(temporary);
    Files.move(temporary, backup, StandardCopyOption.ATOMIC_MOVE);
    new BackupNote(backup.toString(), JournalMode.WAL, true, "sealed").writeTo(tenant.notes);
    return backup;
  }

  static void overTheLiveFile(StoppedTenant tenant) throws Exception {
    Files.write(tenant.database(), Files.readAllBytes(backupOf(tenant)));
  }

  static void leavingSidecars(StoppedTenant tenant) throws Exception {
    Path restoring = new Backup(backupOf(tenant)).restoring();
    Files.copy(backupOf(tenant), restoring);
    DurableFile.sync(restoring);
    DurableFile.rename(restoring, tenant.database());
  }

  static void consumingTheBackup(StoppedTenant tenant) throws Exception {
    new SqliteFile(tenant.database()).quiesce();
    DurableFile.rename(backupOf(tenant), tenant.database());
  }

  static void withoutLookingAtTheManifest(StoppedTenant tenant) throws Exception {
    new SqliteFile(tenant.database()).quiesce();
    leavingSidecars(tenant);
  }

  static void withoutSync(StoppedTenant tenant) throws Exception {
    new SqliteFile(tenant.database()).quiesce();
    Path restoring = new Backup(backupOf(tenant)).restoring();
    Files.copy(backupOf(tenant), restoring);
    Files.move(restoring, tenant.database(), StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path backupOf(StoppedTenant tenant) {
    return BackupNote.in(tenant.notes).orElseThrow().files().database();
  }
}
