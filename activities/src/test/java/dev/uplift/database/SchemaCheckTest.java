package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaCheckTest {
  @TempDir Path home;

  @Test
  void aWholeDatabasePasses() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);

    assertThatCode(() -> check(tenant)).doesNotThrowAnyException();
    assertThatCode(() -> SchemaCheck.afterRehearsal(tenant.context(), tenant.database()))
        .doesNotThrowAnyException();
  }

  @Test
  void aReferenceToARowThatDoesNotExistIsRefused() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    tenant.backUp();
    tenant.sql(MEMBERS, "INSERT INTO member VALUES (1, 42)");

    StepFailure failure = catchThrowableOfType(StepFailure.class, () -> check(tenant));

    assertThat(failure.kind()).isEqualTo(FailureKind.SCHEMA_WRONG);
    assertThat(failure.evidence()).isEqualTo("member -> team: 1 rows, 0 before");
  }

  @Test
  void aDatabaseThatWasGivenToSomebodyElseIsRefused() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    tenant.backUp();
    assumeThat(Files.getAttribute(home, "unix:uid")).as("who can give it away").isEqualTo(0);
    Files.setAttribute(tenant.database(), "unix:uid", 65534);

    StepFailure failure = catchThrowableOfType(StepFailure.class, () -> check(tenant));

    assertThat(failure.kind()).isEqualTo(FailureKind.SCHEMA_WRONG);
    assertThat(failure.evidence()).contains("belongs to uid 65534, before to uid 0");
  }

  @Test
  void referencesThatLedNowhereBeforeAreNotHeldAgainstTheMigrations() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    tenant.sql(MEMBERS, "INSERT INTO member VALUES (1, 42)");
    tenant.backUp();

    assertThatCode(() -> check(tenant)).doesNotThrowAnyException();

    tenant.sql("INSERT INTO member VALUES (2, 43)");
    assertThat(catchThrowableOfType(StepFailure.class, () -> check(tenant)).evidence())
        .isEqualTo("member -> team: 2 rows, 1 before");
  }

  @Test
  void aDeclarationThatWasAlwaysWrongIsNotHeldAgainstTheMigrationsEither() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    tenant.sql("CREATE TABLE alias (person TEXT REFERENCES person(name))");
    tenant.backUp();
    assertThatCode(() -> check(tenant)).doesNotThrowAnyException();

    tenant.sql(MEMBERS, "INSERT INTO member VALUES (1, 42)");

    assertThat(catchThrowableOfType(StepFailure.class, () -> check(tenant)).evidence())
        .isEqualTo("member -> team: 1 rows, 0 before");
  }

  @Test
  void aRehearsalComparesWithWhatItsSnapshotHad() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    tenant.sql(MEMBERS, "INSERT INTO member VALUES (1, 42)");
    Path copy = home.resolve("copy.db");
    LiveDatabase.withThisJvm().snapshot(tenant.database(), copy, tenant.context());

    assertThatCode(() -> SchemaCheck.afterRehearsal(tenant.context(), copy))
        .doesNotThrowAnyException();

    StoppedTenant.sql(copy, "INSERT INTO member VALUES (2, 43)");
    assertThat(
            catchThrowableOfType(
                    StepFailure.class, () -> SchemaCheck.afterRehearsal(tenant.context(), copy))
                .kind())
        .isEqualTo(FailureKind.SCHEMA_WRONG);
  }

  @Test
  void aDamagedDatabaseIsTheMigrationsFault() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.DELETE);
    try (FileChannel file = FileChannel.open(tenant.database(), StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap("garbage".repeat(500).getBytes()), 2 * 4096);
    }

    assertThat(catchThrowableOfType(StepFailure.class, () -> check(tenant)).kind())
        .isEqualTo(FailureKind.SCHEMA_WRONG);
  }

  @Test
  void aMissingDatabaseIsTheMigrationsFault() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.DELETE);
    Files.delete(tenant.database());

    assertThat(catchThrowableOfType(StepFailure.class, () -> check(tenant)).kind())
        .isEqualTo(FailureKind.SCHEMA_WRONG);
    assertThat(tenant.database()).doesNotExist();
  }

  private static final String MEMBERS =
      "CREATE TABLE member (id INTEGER PRIMARY KEY, team INTEGER REFERENCES team(id))";

  private static void check(StoppedTenant tenant) {
    SchemaCheck.afterMigration(tenant.context(), tenant.database());
  }
}
