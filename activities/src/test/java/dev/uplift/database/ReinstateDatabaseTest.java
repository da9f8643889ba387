package dev.uplift.database;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The backup of an earlier upgrade takes the place of the database, and that can be undone. */
class ReinstateDatabaseTest {
  private static final String PEOPLE =
      "SELECT count(*) || ' ' || group_concat(DISTINCT name)"
          + " FROM (SELECT name FROM person ORDER BY name)";
  @TempDir Path home;

  @ParameterizedTest
  @EnumSource
  void theEarlierDatabaseIsBackWithItsModeAndItsStateFiles(JournalMode mode) throws Exception {
    RolledBackTenant tenant = RolledBackTenant.create(home, mode);
    String earlier = tenant.earlierIdentity();

    StepResult result = tenant.reinstate();

    assertThat(tenant.stopped().identity()).isEqualTo(earlier);
    assertThat(tenant.stopped().ask(PEOPLE)).isEqualTo("1000 old");
    assertThat(tenant.stopped().ask("PRAGMA journal_mode")).isEqualTo(mode.pragma());
    assertThat(tenant.stopped().hasSidecar()).isFalse();
    assertThat(tenant.file("version.txt")).hasContent("1");
    assertThat(tenant.file("new.txt")).as("there was none before the upgrade").doesNotExist();
    assertThat(result.summary()).contains("v0.2.0");
    assertThat(tenant.earlierBackup()).as("it is copied, not consumed").exists();
  }

  @Test
  void whatWasThereIsBackAfterTurningBack() throws Exception {
    RolledBackTenant tenant = RolledBackTenant.create(home, JournalMode.WAL);
    String later = tenant.stopped().identity();
    tenant.reinstate();

    StepResult restored = tenant.stopped().restore();

    assertThat(tenant.stopped().identity()).isEqualTo(later);
    assertThat(tenant.stopped().ask(PEOPLE)).isEqualTo("1001 late,old");
    assertThat(tenant.file("version.txt")).hasContent("2");
    assertThat(tenant.file("new.txt")).hasContent("new");
    assertThat(restored.facts().writesAfterStart()).isEmpty();
  }

  @Test
  void whatTheEarlierReleaseWroteBeforeItFailedIsCounted() throws Exception {
    RolledBackTenant tenant = RolledBackTenant.create(home, JournalMode.WAL);
    tenant.reinstate();
    tenant.stopped().sql("INSERT INTO person(name) VALUES ('during'), ('during')");

    StepResult restored = tenant.stopped().restore();

    assertThat(restored.facts().writesAfterStart()).containsEntry("person", 2L);
    assertThat(StoppedTenant.ask(Path.of(restored.facts().failedDatabase()), PEOPLE))
        .isEqualTo("1002 during,old");
    assertThat(tenant.stopped().ask(PEOPLE)).isEqualTo("1001 late,old");
  }

  @Test
  void whatAKilledAttemptHadHalfCopiedGoesWhenItIsTurnedBack() throws Exception {
    RolledBackTenant tenant = RolledBackTenant.create(home, JournalMode.WAL);
    Path copying = Path.of(tenant.earlierBackup() + ".restoring");
    Files.writeString(copying, "half");
    Files.writeString(tenant.file("version.txt.tmp"), "half");

    tenant.stopped().restore();

    assertThat(copying).doesNotExist();
    assertThat(tenant.file("version.txt.tmp")).doesNotExist();
  }

  @Test
  void aBackupThatWasAlteredIsNotPutBackAndNothingIsLost() throws Exception {
    RolledBackTenant tenant = RolledBackTenant.create(home, JournalMode.WAL);
    String later = tenant.stopped().identity();
    StoppedTenant.sql(tenant.earlierBackup(), "UPDATE person SET name = 'forged' WHERE id = 1");

    assertThat(refused(tenant).kind()).isEqualTo(FailureKind.BACKUP_ALTERED);

    assertThat(tenant.stopped().identity()).isEqualTo(later);
    tenant.stopped().restore();
    assertThat(tenant.stopped().identity()).isEqualTo(later);
  }

  @Test
  void aBackupThatWasRemovedIsNotPutBackAndNothingIsLost() throws Exception {
    RolledBackTenant tenant = RolledBackTenant.create(home, JournalMode.WAL);
    String later = tenant.stopped().identity();
    Files.delete(tenant.earlierBackup());

    StepFailure failure = refused(tenant);

    assertThat(failure.kind()).isEqualTo(FailureKind.BACKUP_ALTERED);
    assertThat(failure).hasMessageContaining("missing");
    assertThat(tenant.stopped().identity()).isEqualTo(later);
  }

  @Test
  void justBeforeTheStopABackupThatIsGoneOrCutIsNoticedWithoutReadingIt() throws Exception {
    RolledBackTenant tenant = RolledBackTenant.create(home, JournalMode.WAL);
    KeptBackup backup = tenant.kept();
    TenantPaths paths = tenant.stopped().paths;

    backup.requirePresent(paths);
    byte[] whole = Files.readAllBytes(backup.database());
    Files.write(backup.database(), Arrays.copyOf(whole, whole.length - 1));
    assertThat(catchThrowableOfType(StepFailure.class, () -> backup.requirePresent(paths)))
        .hasMessageContaining("changed")
        .extracting(StepFailure::evidence, as(InstanceOfAssertFactories.STRING))
        .contains((whole.length - 1) + " bytes", whole.length + "");
    Files.delete(backup.database());
    assertThat(catchThrowableOfType(StepFailure.class, () -> backup.requirePresent(paths)))
        .hasMessageContaining("missing");
    Files.write(backup.database(), whole);
    backup.requirePresent(paths);
    Files.writeString(Path.of(backup.database() + ".json"), "{}");
    assertThat(catchThrowableOfType(StepFailure.class, () -> backup.requirePresent(paths)))
        .hasMessageContaining("manifest");
  }

  @Test
  void theBackupOfAnotherTenantOrUpgradeIsRefused() throws Exception {
    RolledBackTenant tenant = RolledBackTenant.create(home, JournalMode.WAL);
    KeptBackup backup = tenant.kept();
    var paths = tenant.stopped().paths;
    var id = tenant.stopped().input().plan().tenant().id();
    var cancellation = tenant.stopped().context().cancellation();

    assertThat(backup.verified(paths, id, StoppedTenant.UPGRADE, cancellation).bytes())
        .isEqualTo(Files.size(tenant.earlierBackup()));
    assertThat(
            catchThrowableOfType(
                StepFailure.class,
                () -> backup.verified(paths, id, UUID.randomUUID(), cancellation)))
        .hasMessageContaining("not that of this upgrade");
    assertThat(
            catchThrowableOfType(
                StepFailure.class,
                () ->
                    backup.verified(paths, Slug.of("other"), StoppedTenant.UPGRADE, cancellation)))
        .hasMessageContaining("not that of this upgrade");
  }

  private static StepFailure refused(RolledBackTenant tenant) {
    StepFailure refused = catchThrowableOfType(StepFailure.class, tenant::reinstate);
    assertThat(refused).isNotNull();
    return refused;
  }
}
