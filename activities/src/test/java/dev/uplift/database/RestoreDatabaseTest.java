package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RestoreDatabaseTest {
  private static final String MIGRATION = "UPDATE person SET name='migrated'";
  @TempDir Path home;

  @Test
  void nothingIsDoneWhenNoBackupWasBegun() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    byte[] before = Files.readAllBytes(tenant.database());

    tenant.restore();

    assertThat(tenant.database()).hasBinaryContent(before);
    assertThat(tenant.filesBeside()).containsExactly("pocket.db");
  }

  @Test
  void theJournalModeComesBackWhenTheBackupWasNotCompleted() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Path backup = tenant.database().resolveSibling("pocket.db.backup_20251211_225756");
    new BackupNote(backup.toString(), JournalMode.WAL, true, null).writeTo(tenant.notes);
    new SqliteFile(tenant.database()).quiesce();
    Files.writeString(backup, "half");

    tenant.restore();

    assertThat(tenant.ask("PRAGMA journal_mode")).isEqualTo("wal");
    assertThat(tenant.filesBeside()).containsExactly("pocket.db");
  }

  @ParameterizedTest
  @EnumSource
  void aDatabaseThatWasNotChangedIsNotReplaced(JournalMode mode) throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, mode);
    String before = tenant.backUp().facts().fingerprint();
    Object inode = Files.getAttribute(tenant.database(), "unix:ino");

    StepResult result = tenant.restore();

    assertThat(tenant.identity()).isEqualTo(before);
    assertThat(Files.getAttribute(tenant.database(), "unix:ino")).isEqualTo(inode);
    assertThat(result.facts().failedDatabase()).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void aMigratedDatabaseIsPutBackAndKept(JournalMode mode) throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, mode);
    StepResult backup = tenant.backUp();
    byte[] backedUp = Files.readAllBytes(Path.of(backup.facts().backupPath()));
    tenant.sql(MIGRATION, "CREATE TABLE segment (id INTEGER PRIMARY KEY)");

    StepResult result = tenant.restore();

    assertThat(tenant.identity()).isEqualTo(backup.facts().fingerprint());
    assertThat(tenant.ask("PRAGMA journal_mode")).isEqualTo(mode.pragma());
    Path failed = tenant.database().resolveSibling("pocket.db.failed_20251211_225756");
    assertThat(result.facts().failedDatabase()).isEqualTo(failed.toString());
    assertThat(StoppedTenant.ask(failed, "SELECT count(*) FROM person WHERE name='migrated'"))
        .isEqualTo("1000");
    assertThat(Path.of(backup.facts().backupPath())).hasBinaryContent(backedUp);
  }

  @Test
  void theWalOfAKilledMigrationDoesNotReachTheRestoredDatabase() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    StepResult backup = tenant.backUp();
    tenant.killedWriter("db.execute('PRAGMA wal_autocheckpoint=0')", pythonSql(MIGRATION));
    assertThat(new SqliteFile(tenant.database()).wal()).isNotEmptyFile();

    tenant.restore();

    assertThat(tenant.identity()).isEqualTo(backup.facts().fingerprint());
    assertThat(tenant.ask("SELECT count(*) FROM person WHERE name='old'")).isEqualTo("1000");
  }

  @Test
  void theHotJournalOfAKilledMigrationDoesNotReachTheRestoredDatabase() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.DELETE);
    StepResult backup = tenant.backUp();
    tenant.sql(MIGRATION);
    tenant.killedWriter(BackUpDatabaseTest.HALF_A_TRANSACTION);
    assertThat(new SqliteFile(tenant.database()).rollbackJournal()).isNotEmptyFile();

    tenant.restore();

    assertThat(tenant.identity()).isEqualTo(backup.facts().fingerprint());
    assertThat(tenant.ask("PRAGMA integrity_check")).isEqualTo("ok");
    assertThat(tenant.ask("SELECT count(*) FROM person WHERE name='old'")).isEqualTo("1000");
  }

  @Test
  void aDatabaseTooDamagedToQuiesceIsSetAsideWithItsSidecars() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    StepResult backup = tenant.backUp();
    tenant.killedWriter("db.execute('PRAGMA wal_autocheckpoint=0')", pythonSql(MIGRATION));
    byte[] garbage = "no database any more".repeat(1000).getBytes();
    Files.write(tenant.database(), garbage);

    StepResult result = tenant.restore();

    assertThat(tenant.identity()).isEqualTo(backup.facts().fingerprint());
    assertThat(tenant.hasSidecar()).isFalse();
    Path failed = Path.of(result.facts().failedDatabase());
    assertThat(failed).hasBinaryContent(garbage);
    assertThat(new SqliteFile(failed).wal()).isNotEmptyFile();
  }

  @Test
  void aDatabaseThatAMigrationDeletedComesBack() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    StepResult backup = tenant.backUp();
    tenant.killedWriter("db.execute('PRAGMA wal_autocheckpoint=0')", pythonSql(MIGRATION));
    Files.delete(tenant.database());

    tenant.restore();

    assertThat(tenant.identity()).isEqualTo(backup.facts().fingerprint());
    assertThat(tenant.hasSidecar()).isFalse();
  }

  @Test
  void aDatabaseThatAMigrationReplacedByALinkComesBackAndTheLinksTargetIsUnharmed()
      throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    StepResult backup = tenant.backUp();
    Path elsewhere = Files.writeString(home.resolve("elsewhere"), "precious");
    Files.delete(tenant.database());
    Files.createSymbolicLink(tenant.database(), elsewhere);

    tenant.restore();

    assertThat(tenant.identity()).isEqualTo(backup.facts().fingerprint());
    assertThat(tenant.database()).isRegularFile().isNotEmptyFile();
    assertThat(Files.isSymbolicLink(tenant.database())).isFalse();
    assertThat(elsewhere).hasContent("precious");
  }

  @Test
  void ownerAndModeComeBackEvenWhenTheContentDidNotChange() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    String before = tenant.backUp().facts().fingerprint();
    Files.setPosixFilePermissions(tenant.database(), PosixFilePermissions.fromString("rwxrwxrwx"));

    tenant.restore();

    assertThat(tenant.identity()).isEqualTo(before);
  }

  @Test
  void stateFilesComeBackWithTheDatabase() throws Exception {
    StoppedTenant tenant =
        StoppedTenant.create(home, JournalMode.WAL).withState("var/version.txt", "var/new.txt");
    Path version = tenant.paths.checkout().resolve("var/version.txt");
    Path added = tenant.paths.checkout().resolve("var/new.txt");
    Files.createDirectories(version.getParent());
    Files.writeString(version, "schema 1");
    StepResult backup = tenant.backUp();
    Files.writeString(version, "schema 2");
    Files.writeString(added, "made by the migration");

    StepResult result = tenant.restore();

    assertThat(version).hasContent("schema 1");
    assertThat(added).doesNotExist();
    assertThat(tenant.identity()).isEqualTo(backup.facts().fingerprint());
    assertThat(tenant.database().resolveSibling("pocket.db.failed_20251211_225756.state"))
        .isDirectoryRecursivelyContaining(file -> file.endsWith("new.txt"));
    assertThat(result.facts().failedDatabase()).isNull();
  }

  @Test
  void aBackupThatWasChangedIsNotRestored() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Path backup = Path.of(tenant.backUp().facts().backupPath());
    StoppedTenant.sql(backup, "DELETE FROM person WHERE id=1");

    assertRefusedWithoutTouchingTheDatabase(tenant);
  }

  @Test
  void anEmptyBackupIsNotRestored() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Files.write(Path.of(tenant.backUp().facts().backupPath()), new byte[0]);

    assertRefusedWithoutTouchingTheDatabase(tenant);
  }

  @Test
  void aMissingBackupLeavesTheDatabaseAlone() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Files.delete(Path.of(tenant.backUp().facts().backupPath()));

    assertRefusedWithoutTouchingTheDatabase(tenant);
  }

  @Test
  void aChangedManifestDoesNotMakeAChangedBackupGood() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Backup backup = new Backup(Path.of(tenant.backUp().facts().backupPath()));
    String sha256 =
        DatabaseDigest.of(backup.database(), dev.uplift.host.Cancellation.NEVER).sha256();
    StoppedTenant.sql(backup.database(), "DELETE FROM person WHERE id=1");
    String changed =
        DatabaseDigest.of(backup.database(), dev.uplift.host.Cancellation.NEVER).sha256();
    Files.writeString(
        backup.manifest(), Files.readString(backup.manifest()).replace(sha256, changed));

    assertRefusedWithoutTouchingTheDatabase(tenant);
  }

  private static void assertRefusedWithoutTouchingTheDatabase(StoppedTenant tenant)
      throws Exception {
    tenant.sql(MIGRATION);
    byte[] migrated = Files.readAllBytes(tenant.database());

    StepFailure failure = catchThrowableOfType(StepFailure.class, tenant::restore);

    assertThat(failure.kind()).isEqualTo(FailureKind.BACKUP_ALTERED);
    assertThat(tenant.database()).hasBinaryContent(migrated);
  }

  @Test
  void aRestoreThatIsRunTwiceRestoresOnce() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    StepResult backup = tenant.backUp();
    tenant.sql(MIGRATION);
    StepResult first = tenant.restore();

    StepResult second = tenant.restore();

    assertThat(second.facts()).isEqualTo(first.facts());
    assertThat(tenant.identity()).isEqualTo(backup.facts().fingerprint());
    assertThat(tenant.filesBeside())
        .filteredOn(name -> name.contains("failed"))
        .containsExactly(
            "pocket.db.failed_20251211_225756", "pocket.db.failed_20251211_225756.json");
  }

  @Test
  void rewindingKeepsNoFailedDatabase() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    StepResult backup = tenant.backUp();
    tenant.killedWriter("db.execute('PRAGMA wal_autocheckpoint=0')", pythonSql(MIGRATION));

    tenant.rewind();

    assertThat(tenant.identity()).isEqualTo(backup.facts().fingerprint());
    assertThat(tenant.filesBeside()).noneMatch(name -> name.contains("failed"));
  }

  @Test
  void rowsWrittenAfterTheMigrationsAreCountedByTable() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    tenant.backUp();
    tenant.sql(MIGRATION, "INSERT INTO team VALUES (1)");
    RowCounts.note(tenant.context(), tenant.database());
    tenant.killedWriter(pythonSql("INSERT INTO person(name) VALUES ('a'), ('b'), ('c')"));

    StepResult result = tenant.restore();

    assertThat(result.facts().writesAfterStart()).isEqualTo(Map.of("person", 3L));
    assertThat(tenant.restore().facts()).isEqualTo(result.facts());
  }

  @Test
  void aNewReleaseThatOnlyReadHasNoLateWrites() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL).holdingOnLateWrites();
    tenant.backUp();
    tenant.sql(MIGRATION);
    RowCounts.note(tenant.context(), tenant.database());
    tenant.killedWriter("db.execute('SELECT * FROM person').fetchall()");

    StepResult result = tenant.restore();

    assertThat(result.facts().writesAfterStart()).isEmpty();
    assertThat(result.warnings()).isEmpty();
  }

  @Test
  void aNewReleaseThatOnlySwitchedTheJournalModeHasNoLateWrites() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.DELETE).holdingOnLateWrites();
    tenant.backUp();
    tenant.sql(MIGRATION);
    RowCounts.note(tenant.context(), tenant.database());
    tenant.sql("PRAGMA journal_mode=WAL");

    StepResult result = tenant.restore();

    assertThat(result.facts().writesAfterStart()).isEmpty();
    assertThat(result.warnings()).isEmpty();
    assertThat(tenant.ask("PRAGMA journal_mode")).isEqualTo("delete");
  }

  @Test
  void rowsThatWereOnlyUpdatedHoldATenantWhoseProfileSaysSo() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL).holdingOnLateWrites();
    tenant.backUp();
    tenant.sql(MIGRATION);
    RowCounts.note(tenant.context(), tenant.database());
    tenant.sql("UPDATE person SET name='by a user' WHERE id=17");

    assertThat(catchThrowableOfType(StepFailure.class, tenant::restore).evidence())
        .contains("counts do not show");
  }

  @Test
  void whoResumesGivesUpTheLateWritesForWhichTheTenantWasHeld() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL).holdingOnLateWrites();
    String before = tenant.identity();
    tenant.backUp();
    tenant.sql(MIGRATION);
    RowCounts.note(tenant.context(), tenant.database());
    tenant.sql("UPDATE person SET name='by a user' WHERE id=17");
    assertThat(catchThrowableOfType(StepFailure.class, tenant::restore)).isNotNull();
    new RestoreDatabase(Clock.systemUTC()).resumed(tenant.context());

    StepResult result = tenant.restore();
    assertThat(tenant.identity()).isEqualTo(before);
    assertThat(
            StoppedTenant.ask(
                Path.of(result.facts().failedDatabase()), "SELECT name FROM person WHERE id=17"))
        .isEqualTo("by a user");
  }

  @Test
  void rowsThatWereOnlyUpdatedAreAWarning() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    tenant.backUp();
    tenant.sql(MIGRATION);
    RowCounts.note(tenant.context(), tenant.database());
    tenant.sql("UPDATE person SET name='by a user' WHERE id=17");

    StepResult result = tenant.restore();

    assertThat(result.facts().writesAfterStart()).isEmpty();
    assertThat(result.warnings()).singleElement().asString().contains("compare the failed");
  }

  @Test
  void withoutMigrationsLateWritesAreComparedWithTheBackup() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL).withoutMigrations();
    tenant.backUp();
    tenant.sql("INSERT INTO team VALUES (1), (2)");

    assertThat(tenant.restore().facts().writesAfterStart()).isEqualTo(Map.of("team", 2L));
  }

  @Test
  void aFailedMigrationIsNotALateWrite() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL).holdingOnLateWrites();
    tenant.backUp();
    tenant.sql(MIGRATION, "INSERT INTO team VALUES (1), (2)");

    assertThat(tenant.restore().facts().writesAfterStart()).isEmpty();
  }

  @Test
  void rowsOfAnEarlierRunOfTheMigrationsAreNoMeasureAfterRewinding() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL).holdingOnLateWrites();
    tenant.backUp();
    tenant.sql(MIGRATION);
    RowCounts.note(tenant.context(), tenant.database());
    tenant.rewind();
    tenant.sql("INSERT INTO team VALUES (1), (2)");

    assertThat(tenant.restore().facts().writesAfterStart()).isEmpty();
  }

  @Test
  void lateWritesHoldATenantWhoseProfileSaysSo() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL).holdingOnLateWrites();
    tenant.backUp();
    tenant.sql(MIGRATION);
    RowCounts.note(tenant.context(), tenant.database());
    tenant.sql("INSERT INTO person(name) VALUES ('a')");

    StepFailure failure = catchThrowableOfType(StepFailure.class, tenant::restore);

    assertThat(failure.kind()).isEqualTo(FailureKind.STEP_FAILED);
    assertThat(failure.evidence()).contains("person=1");
    assertThat(tenant.ask("SELECT count(*) FROM person WHERE name='migrated'")).isEqualTo("1000");
    assertThat(tenant.ask("PRAGMA journal_mode")).isEqualTo("wal");
    assertThat(catchThrowableOfType(StepFailure.class, tenant::restore).evidence())
        .contains("person=1");
  }

  private static String pythonSql(String statement) {
    return "db.execute(\"\"\"" + statement + "\"\"\")";
  }
}
