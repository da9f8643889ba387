package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.database.WrongSteps.BackingUp;
import dev.uplift.database.WrongSteps.Restoring;
import dev.uplift.durable.Directories;
import dev.uplift.host.StepFailure;
import dev.uplift.proof.Proof;
import dev.uplift.proof.Strace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of a backup and of a restore catches those who do it wrongly. */
class WrongStepsTest {
  private static final String MIGRATION = "UPDATE person SET name='migrated'";
  private static final String OLD = "SELECT count(*) FROM person WHERE name='old'";
  private static final Pattern SYNC = Pattern.compile("f(?:data)?sync\\(\\d+<([^>]+)>");
  private static final Pattern RENAME = Pattern.compile("rename\\(\"([^\"]+)\", \"([^\"]+)\"");
  @TempDir Path directory;

  @TestFactory
  Stream<DynamicTest> aBackupHoldsWhatAKilledServiceHadCommitted() {
    return Proof.<BackingUp>ofRow(
            14,
            directory,
            (backUp, home) -> {
              StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
              tenant.killedWriter(
                  "db.execute('PRAGMA wal_autocheckpoint=0')",
                  "db.execute(\"INSERT INTO person(name) VALUES ('late')\")");
              Path backup = backUp.run(tenant);
              assertThat(StoppedTenant.ask(backup, "SELECT count(*) FROM person"))
                  .isEqualTo("1001");
            })
        .passes(WrongSteps::realBackUp)
        .catches("a backup by plain cp", WrongSteps::plainCopy, "but was: \"1000\"")
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> twoBackupsOfOneSecondAreTwo() {
    return Proof.<BackingUp>ofRow(
            23,
            directory,
            (backUp, home) -> {
              StoppedTenant tenant = StoppedTenant.create(home, JournalMode.DELETE);
              Path first = backUp.run(tenant);
              tenant.sql(MIGRATION);
              // Of another upgrade, which knows nothing of the first.
              Directories.remove(tenant.notes.directory());
              Files.createDirectory(tenant.notes.directory());
              Path second = backUp.run(tenant);
              assertThat(second).isNotEqualTo(first);
              assertThat(StoppedTenant.ask(first, OLD)).isEqualTo("1000");
            })
        .passes(WrongSteps::realBackUp)
        .catches("a name that an earlier backup has", WrongSteps::plainCopy, "not to be equal to")
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> theWalOfAKilledMigrationDoesNotReachTheRestoredDatabase() {
    return Proof.<Restoring>ofRow(
            40,
            directory,
            (restore, home) -> {
              StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
              tenant.backUp();
              tenant.killedWriter(
                  "db.execute('PRAGMA wal_autocheckpoint=0')", "db.execute(\"" + MIGRATION + "\")");
              restore.run(tenant);
              requireOld(tenant);
            })
        .passes(StoppedTenant::restore)
        .catches("restore by plain cp", WrongSteps::overTheLiveFile, "but was: \"0\"")
        .catches("restore that leaves a WAL", WrongSteps::leavingSidecars, "but was: \"0\"")
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> theHotJournalOfAKilledMigrationDoesNotReachTheRestoredDatabase() {
    return Proof.<Restoring>ofRow(
            28,
            directory,
            (restore, home) -> {
              StoppedTenant tenant = StoppedTenant.create(home, JournalMode.DELETE);
              tenant.backUp();
              tenant.sql(MIGRATION);
              tenant.killedWriter(BackUpDatabaseTest.HALF_A_TRANSACTION);
              restore.run(tenant);
              requireOld(tenant);
            })
        .passes(StoppedTenant::restore)
        .catches("restore that leaves a hot journal", WrongSteps::leavingSidecars, "but was: \"0\"")
        .catches("restore by plain cp", WrongSteps::overTheLiveFile, "but was: \"0\"")
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> aBackupCanBeRestoredMoreThanOnce() {
    return Proof.<Restoring>ofRow(
            40,
            directory,
            (restore, home) -> {
              StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
              Path backup = WrongSteps.realBackUp(tenant);
              byte[] before = Files.readAllBytes(backup);
              tenant.sql(MIGRATION);
              restore.run(tenant);
              requireOld(tenant);
              assertThat(backup).exists().hasBinaryContent(before);
            })
        .passes(StoppedTenant::restore)
        .catches("restore that consumes the backup", WrongSteps::consumingTheBackup, "to exist")
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> aBackupThatWasAlteredIsNotRestored() {
    return Proof.<Restoring>ofRow(
            42,
            directory,
            (restore, home) -> {
              StoppedTenant tenant = StoppedTenant.create(home, JournalMode.DELETE);
              Path backup = WrongSteps.realBackUp(tenant);
              tenant.sql(MIGRATION);
              StoppedTenant.sql(backup, "UPDATE person SET name='altered'");
              assertThatThrownBy(() -> restore.run(tenant)).isInstanceOf(StepFailure.class);
              assertThat(tenant.ask("SELECT DISTINCT name FROM person")).isEqualTo("migrated");
            })
        .passes(StoppedTenant::restore)
        .catches(
            "a manifest that nobody looked at",
            WrongSteps::withoutLookingAtTheManifest,
            "Expecting code to raise")
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> aBackupIsOnTheDiskBeforeItIsSaidToBeThere() throws Exception {
    Strace.assumeThere();
    return Proof.<String>ofRow(
            21,
            directory,
            (step, home) -> {
              killedService(home);
              requireNamesOnDisk(step, home);
            })
        .passes("backUp")
        .catches(
            "a backup without a sync of its directory",
            "backUpWithoutDirectorySync",
            "a power cut would take back")
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> aRestoredDatabaseIsOnTheDiskBeforeAndAfterItGetsItsName() throws Exception {
    Strace.assumeThere();
    return Proof.<String>ofRow(
            41,
            directory,
            (step, home) -> {
              StoppedTenant tenant = killedService(home);
              tenant.backUp();
              tenant.sql(MIGRATION);
              requireNamesOnDisk(step, home);
            })
        .passes("restore")
        .catches("restore without a sync", "restoreWithoutSync", "synced before it got its name")
        .tests();
  }

  private static StoppedTenant killedService(Path home) throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL).withState("version.txt");
    Files.writeString(tenant.paths.checkout().resolve("version.txt"), "1");
    return tenant;
  }

  private static void requireOld(StoppedTenant tenant) throws Exception {
    assertThat(seen(tenant, "PRAGMA integrity_check")).isEqualTo("ok");
    assertThat(seen(tenant, OLD)).isEqualTo("1000");
  }

  // A database that is damaged answers with an error, and one without a table too.
  private static String seen(StoppedTenant tenant, String question) {
    try {
      return tenant.ask(question);
    } catch (java.sql.SQLException damaged) {
      return damaged.getMessage();
    }
  }

  /**
   * A power cut keeps what was synced and nothing else. So a file is synced before it gets its name
   * beside the database, and the name is synced with its directory before the step goes on to tell
   * of it, or ends.
   */
  private void requireNamesOnDisk(String step, Path home) throws Exception {
    Path log = home.resolveSibling("strace.log");
    int exitCode =
        Strace.run(
            StepProcess.class,
            List.of(step, home.toString()),
            log,
            "-y",
            "-e",
            "trace=fsync,fdatasync,rename,renameat,renameat2");
    assertThat(exitCode).isZero();
    String beside = home.resolve("acme/db").toString();
    Set<String> synced = new HashSet<>();
    String unsynced = null;
    int names = 0;
    for (String line : Files.readAllLines(log)) {
      Matcher sync = SYNC.matcher(line);
      Matcher rename = RENAME.matcher(line);
      if (sync.find()) {
        synced.add(sync.group(1));
        unsynced = sync.group(1).equals(beside) ? null : unsynced;
      } else if (rename.find()) {
        assertThat(unsynced).as("a name that a power cut would take back").isNull();
        if (Path.of(rename.group(2)).getParent().toString().equals(beside)) {
          assertThat(synced).as("synced before it got its name").contains(rename.group(1));
          unsynced = rename.group(2);
          names++;
        }
      }
    }
    assertThat(names).as("names that were given").isPositive();
    assertThat(unsynced).as("a name that a power cut would take back").isNull();
  }
}
