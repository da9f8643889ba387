package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.host.StepFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseIdentityTest {
  @TempDir Path home;
  private StoppedTenant tenant;

  @BeforeEach
  void createTenant() throws Exception {
    tenant = StoppedTenant.create(home, JournalMode.WAL).withState("version.txt");
  }

  @Test
  void switchingTheJournalModeThereAndBackChangesNothing() throws Exception {
    String before = tenant.identity();
    byte[] bytes = Files.readAllBytes(tenant.database());

    tenant.sql("PRAGMA journal_mode=DELETE");
    assertThat(tenant.identity()).isNotEqualTo(before);
    tenant.sql("PRAGMA journal_mode=WAL");

    assertThat(Files.readAllBytes(tenant.database())).isNotEqualTo(bytes);
    assertThat(tenant.identity()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE person SET name='other' WHERE id=500",
        "UPDATE person SET id=2000 WHERE id=500",
        "CREATE INDEX person_name ON person(name)",
        "PRAGMA user_version=8",
        "PRAGMA application_id=8"
      })
  void whateverIsStoredIsPartOfIt(String change) throws Exception {
    String before = tenant.identity();

    tenant.sql(change);

    assertThat(tenant.identity()).isNotEqualTo(before);
  }

  @Test
  void soIsThePermission() throws Exception {
    String before = tenant.identity();

    Files.setPosixFilePermissions(tenant.database(), PosixFilePermissions.fromString("rwxrwxrwx"));

    assertThat(tenant.identity()).isNotEqualTo(before);
  }

  @Test
  void soIsAStateFile() throws Exception {
    String before = tenant.identity();

    Files.writeString(tenant.paths.checkout().resolve("version.txt"), "1");

    assertThat(tenant.identity()).isNotEqualTo(before);
  }

  @Test
  void aDatabaseWithAnUnsettledWalHasNone() throws Exception {
    tenant.killedWriter("db.execute('INSERT INTO team VALUES (1)')");

    assertThatThrownBy(tenant::identity)
        .isInstanceOf(StepFailure.class)
        .hasMessageContaining("not closed properly");
  }
}
