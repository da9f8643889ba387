package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.host.Cancellation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BackupProofTest {
  private static final String NAME = "pocket.db.backup_20251211_225756";
  @TempDir Path home;
  private Path scratch;

  @BeforeEach
  void nameScratch() {
    scratch = home.resolve("state/scratch/verify");
  }

  @ParameterizedTest
  @EnumSource
  void aBackupIsGoodInEitherJournalModeAndScratchIsEmptyAfterwards(JournalMode mode)
      throws Exception {
    StoppedTenant tenant = backedUp(mode);

    BackupProof.Outcome outcome = prove(tenant, 0);

    assertThat(outcome.problem()).isNull();
    assertThat(outcome.undecided()).isNull();
    assertThat(outcome.warnings()).isEmpty();
    assertThat(scratch).doesNotExist();
  }

  @Test
  void aByteThatChangedIsFound() throws Exception {
    StoppedTenant tenant = backedUp(JournalMode.WAL);
    StoredDatabasesTest.flipLastByte(backup(tenant));

    assertThat(prove(tenant, 0).problem()).contains("its content has sha256", "the manifest says");
  }

  @Test
  void aStateFileThatChangedIsFound() throws Exception {
    StoppedTenant tenant = backedUp(JournalMode.WAL);
    Files.writeString(backup(tenant).resolveSibling(NAME + ".state/version.txt"), "2");

    assertThat(prove(tenant, 0).problem())
        .isEqualTo("its state file version.txt is missing or was changed");
  }

  @Test
  void aModeThatChangedIsFound() throws Exception {
    StoppedTenant tenant = backedUp(JournalMode.WAL);
    Files.setPosixFilePermissions(backup(tenant), PosixFilePermissions.fromString("rwxrwxrwx"));

    assertThat(prove(tenant, 0).problem())
        .matches("its owner and mode is .* 0777, the manifest says .* 0644");
  }

  /** The manifest tells what was copied, so nobody could know it by the hash. */
  @Test
  void aDatabaseThatWasDamagedWhenItWasBackedUpIsNotGood() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.DELETE).withState("version.txt");
    tenant.sql("CREATE INDEX person_name ON person(name)");
    tenant.sql("PRAGMA writable_schema=ON", "DELETE FROM sqlite_schema WHERE name='person_name'");
    Files.writeString(tenant.paths.checkout().resolve("version.txt"), "1");
    tenant.backUp();

    assertThat(prove(tenant, 0).problem()).contains("SQLite finds it damaged");
  }

  @Test
  void rowsThatReferToNothingAreNoFaultOfTheBackup() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.DELETE).withState("version.txt");
    tenant.sql(
        "CREATE TABLE visit (id INTEGER PRIMARY KEY, person INTEGER REFERENCES person(id))",
        "INSERT INTO visit(person) VALUES (4711)");
    tenant.backUp();

    BackupProof.Outcome outcome = prove(tenant, 0);

    assertThat(outcome.problem()).isNull();
    assertThat(outcome.warnings())
        .containsExactly(
            "visit -> person: 1 rows refer to nothing, as in the database that was backed up");
  }

  @Test
  void withoutRoomNothingIsSaidAboutTheBackup() throws Exception {
    StoppedTenant tenant = backedUp(JournalMode.WAL);

    BackupProof.Outcome outcome = prove(tenant, Long.MAX_VALUE / 2);

    assertThat(outcome.undecided()).contains("there is not enough room in scratch");
    assertThat(outcome.problem()).isNull();
    assertThat(scratch).doesNotExist();
  }

  private StoppedTenant backedUp(JournalMode mode) throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, mode).withState("version.txt");
    Files.writeString(tenant.paths.checkout().resolve("version.txt"), "1");
    Files.setPosixFilePermissions(tenant.database(), PosixFilePermissions.fromString("rw-r--r--"));
    tenant.backUp();
    return tenant;
  }

  private static Path backup(StoppedTenant tenant) {
    return tenant.database().resolveSibling(NAME);
  }

  private BackupProof.Outcome prove(StoppedTenant tenant, long keepFreeBytes) {
    return BackupProof.of(
        tenant.stored().list().get(0), scratch, keepFreeBytes, Cancellation.NEVER);
  }
}
