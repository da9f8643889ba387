package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BackUpDatabaseTest {
  @TempDir Path home;

  @ParameterizedTest
  @EnumSource
  void theBackupIsWholeAndTheDatabaseIsAsItWas(JournalMode mode) throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, mode);
    String before = tenant.identity();

    StepResult result = tenant.backUp();

    Path backup = tenant.database().resolveSibling("pocket.db.backup_20251211_225756");
    assertThat(result.facts().backupPath()).isEqualTo(backup.toString());
    assertThat(result.facts().fingerprint()).isEqualTo(before).isEqualTo(tenant.identity());
    assertThat(StoppedTenant.ask(backup, "SELECT count(*) FROM person")).isEqualTo("1000");
    assertThat(tenant.ask("PRAGMA journal_mode")).isEqualTo(mode.pragma());
    assertThat(tenant.filesBeside())
        .containsExactly(
            "pocket.db", backup.getFileName().toString(), backup.getFileName() + ".json");
  }

  @Test
  void theManifestTellsWhatTheBackupHoldsAndWhereItCameFrom() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);

    Backup backup = new Backup(Path.of(tenant.backUp().facts().backupPath()));

    var manifest = Json.read(Files.readAllBytes(backup.manifest()), BackupManifest.class);
    Process sha256sum = new ProcessBuilder("sha256sum", backup.database().toString()).start();
    assertThat(sha256sum.inputReader().readLine()).startsWith(manifest.sha256() + " ");
    assertThat(manifest.bytes()).isEqualTo(Files.size(backup.database()));
    assertThat(manifest.journalMode()).isEqualTo(JournalMode.WAL);
    assertThat(manifest.userVersion()).isEqualTo(7);
    assertThat(manifest.pageSize()).isEqualTo(4096);
    assertThat(manifest.encoding()).isEqualTo("UTF-8");
    assertThat(manifest.autoVacuum()).isEqualTo("none");
    assertThat(manifest.releaseFrom()).isEqualTo("v0.2.0");
    assertThat(manifest.sourcePath()).isEqualTo(tenant.database().toString());
    assertThat(manifest.upgradeId()).isEqualTo(StoppedTenant.UPGRADE.toString());
  }

  @Test
  void whatAKilledServiceLeftInTheWalIsInTheBackup() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    tenant.killedWriter(
        "db.execute('PRAGMA wal_autocheckpoint=0')",
        "for i in range(1001, 1251): db.execute(\"INSERT INTO person(id, name) VALUES (?, 'late')\", (i,))",
        "db.execute(\"UPDATE person SET name='changed' WHERE id <= 500\")");
    assertThat(new SqliteFile(tenant.database()).wal()).isNotEmptyFile();

    Path backup = Path.of(tenant.backUp().facts().backupPath());

    assertThat(StoppedTenant.ask(backup, "SELECT count(*) FROM person")).isEqualTo("1250");
    assertThat(StoppedTenant.ask(backup, "SELECT count(*) FROM person WHERE name='changed'"))
        .isEqualTo("500");
    assertThat(tenant.hasSidecar()).isFalse();
  }

  @Test
  void aTransactionThatAKilledServiceDidNotCommitIsNotInTheBackup() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.DELETE);
    String before = tenant.identity();
    tenant.killedWriter(HALF_A_TRANSACTION);
    assertThat(new SqliteFile(tenant.database()).rollbackJournal()).isNotEmptyFile();

    StepResult result = tenant.backUp();

    assertThat(result.facts().fingerprint()).isEqualTo(before);
    Path backup = Path.of(result.facts().backupPath());
    assertThat(StoppedTenant.ask(backup, "SELECT count(*) FROM person WHERE name='old'"))
        .isEqualTo("1000");
    assertThat(tenant.hasSidecar()).isFalse();
  }

  /** Its pages do not fit the cache, so some of them are in the file already. */
  static final String[] HALF_A_TRANSACTION = {
    "db.execute('PRAGMA cache_size=2')",
    "db.execute('BEGIN')",
    "db.execute(\"UPDATE person SET name='uncommitted ' || hex(randomblob(50))\")"
  };

  @Test
  void aJournalThatAnApplicationKeepsBetweenTransactionsIsNoObstacle() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.DELETE);
    tenant.killedWriter(
        "db.execute('PRAGMA journal_mode=PERSIST')", "db.execute('INSERT INTO team VALUES (1)')");
    assertThat(new SqliteFile(tenant.database()).rollbackJournal()).isNotEmptyFile();
    String before = tenant.identity();

    StepResult result = tenant.backUp();

    assertThat(result.facts().fingerprint()).isEqualTo(before);
    assertThat(tenant.hasSidecar()).isFalse();
  }

  @Test
  void ownerAndModeAreThoseOfTheDatabase() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Files.setPosixFilePermissions(tenant.database(), PosixFilePermissions.fromString("rw-r-----"));
    if (isRoot()) {
      Files.setAttribute(tenant.database(), "unix:gid", 12);
    }
    Ownership before = Ownership.of(tenant.database());

    Path backup = Path.of(tenant.backUp().facts().backupPath());

    assertThat(Ownership.of(backup)).isEqualTo(before);
    assertThat(Ownership.of(tenant.database())).isEqualTo(before);
  }

  @Test
  void twoBackupsInOneSecondGetTwoNames() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Path taken = tenant.database().resolveSibling("pocket.db.backup_20251211_225756");
    Files.writeString(taken, "somebody's own");

    Path backup = Path.of(tenant.backUp().facts().backupPath());

    assertThat(backup.getFileName()).hasToString("pocket.db.backup_20251211_225756_2");
    assertThat(taken).hasContent("somebody's own");
  }

  @Test
  void aBackupThatIsNotKeptIsThereUntilItIsDiscarded() throws Exception {
    StoppedTenant tenant =
        StoppedTenant.create(home, JournalMode.WAL).keepingNoBackup().withState("version.txt");
    Files.writeString(tenant.paths.checkout().resolve("version.txt"), "1");

    StepResult result = tenant.backUp();

    assertThat(result.facts().backupPath()).isNull();
    assertThat(tenant.filesBeside())
        .contains("pocket.db.backup_until_commit_" + StoppedTenant.UPGRADE);
    BackUpDatabase.discard(tenant.context());
    assertThat(tenant.filesBeside()).containsExactly("pocket.db");
  }

  @Test
  void discardLeavesABackupThatIsKept() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Path backup = Path.of(tenant.backUp().facts().backupPath());

    BackUpDatabase.discard(tenant.context());

    assertThat(backup).exists();
  }

  @Test
  void aProcessThatStillHasTheDatabaseOpenIsNamed() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Process stray =
        StoppedTenant.writer(
            tenant.database(), "r = db.execute('SELECT * FROM person')", "r.fetchone()");
    try {
      StepFailure failure = catchThrowableOfType(StepFailure.class, tenant::backUp);

      assertThat(failure.kind()).isEqualTo(FailureKind.STOP_FAILED);
      assertThat(failure.evidence()).contains(String.valueOf(stray.pid()));
    } finally {
      stray.destroyForcibly().waitFor();
    }
    tenant.restore();
    assertThat(tenant.filesBeside()).noneMatch(name -> name.contains("backup"));
    assertThat(tenant.ask("PRAGMA journal_mode")).isEqualTo("wal");
  }

  @Test
  void aDamagedDatabaseIsRefusedAndLeftAsItIs() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    byte[] garbage = new byte[8192];
    Files.write(tenant.database(), garbage);

    StepFailure failure = catchThrowableOfType(StepFailure.class, tenant::backUp);

    assertThat(failure.kind()).isEqualTo(FailureKind.DATABASE_CORRUPT);
    assertThat(tenant.database()).hasBinaryContent(garbage);
    tenant.restore();
    assertThat(tenant.filesBeside()).containsExactly("pocket.db");
  }

  @Test
  void anotherAttemptThrowsAwayWhatTheFirstOneLeft() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    tenant.backUp();

    StepResult again = tenant.backUp();

    assertThat(tenant.filesBeside()).hasSize(3);
    assertThat(Path.of(again.facts().backupPath())).exists();
    assertThat(tenant.ask("PRAGMA journal_mode")).isEqualTo("wal");
  }

  @Test
  void aPathWithCharactersThatMeanSomethingInAUrlIsOnlyAPath() throws Exception {
    StoppedTenant tenant =
        StoppedTenant.create(
            Files.createDirectory(home.resolve("odd; name 'é' #1 100%41")), JournalMode.WAL);

    Path backup = Path.of(tenant.backUp().facts().backupPath());

    assertThat(StoppedTenant.ask(backup, "SELECT count(*) FROM person")).isEqualTo("1000");
  }

  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }
}
