package dev.uplift.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.rollback.TableChange;
import dev.uplift.upgrade.FailureKind;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LiveDatabaseTest {
  private static final String INVARIANT =
      "SELECT (SELECT count(*) FROM person) - (SELECT count(*) FROM team)";
  private final LiveDatabase live = LiveDatabase.withThisJvm();
  @TempDir Path home;

  @Test
  void anInspectionTellsWhatTheDatabaseIsWhileAServiceHasItOpen() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Process service =
        StoppedTenant.writer(tenant.database(), "db.execute('INSERT INTO team VALUES (1)')");
    try {
      DatabaseInspection inspection = inspect(tenant);

      assertThat(inspection.journalMode()).isEqualTo("wal");
      assertThat(inspection.userVersion()).isEqualTo(7);
      assertThat(inspection.pageSize()).isEqualTo(4096);
      assertThat(inspection.encoding()).isEqualTo("UTF-8");
      assertThat(inspection.autoVacuum()).isEqualTo("none");
      assertThat(inspection.rows()).isEqualTo(Map.of("person", 1000L, "team", 1L));
      assertThat(inspection.foreignKeyViolations()).isEmpty();
      assertThat(inspection.bytes()).isGreaterThan(Files.size(tenant.database()));
    } finally {
      service.destroyForcibly().waitFor();
    }
  }

  @Test
  void anInspectionChangesNothing() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    byte[] before = Files.readAllBytes(tenant.database());

    inspect(tenant);

    assertThat(tenant.database()).hasBinaryContent(before);
    assertThat(tenant.filesBeside()).containsExactly("pocket.db");
  }

  @Test
  void aMissingDatabaseIsRefusedAndNotCreated() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Files.delete(tenant.database());

    assertRefused(tenant, "missing");
    assertThat(tenant.database()).doesNotExist();
  }

  @Test
  void anEmptyDatabaseIsRefused() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Files.write(tenant.database(), new byte[0]);

    assertRefused(tenant, "empty");
  }

  @Test
  void aFileThatIsNoDatabaseIsRefused() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Files.writeString(tenant.database(), "not a database");

    assertRefused(tenant, "not a SQLite file");
  }

  @Test
  void aDatabaseWithADamagedPageIsRefusedWithWhatSqliteSaid() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.DELETE);
    try (FileChannel file = FileChannel.open(tenant.database(), StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap("garbage".repeat(500).getBytes()), 2 * 4096);
    }

    StepFailure failure = assertRefused(tenant, "damaged");
    assertThat(failure.evidence()).isNotBlank();
  }

  @Test
  void aDatabaseThatIsALinkIsRefused() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Path elsewhere = Files.move(tenant.database(), home.resolve("elsewhere.db"));
    Files.createSymbolicLink(tenant.database(), elsewhere);

    assertRefused(tenant, "symbolic link");
  }

  @Test
  void aStateFileThatIsALinkIsRefused() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL).withState("version.txt");
    Files.createSymbolicLink(tenant.paths.checkout().resolve("version.txt"), home);

    StepFailure failure = catchThrowableOfType(StepFailure.class, () -> inspect(tenant));

    assertThat(failure.kind()).isEqualTo(FailureKind.PROFILE_INVALID);
  }

  @Test
  void aDatabaseInALinkedDirectoryIsRefused() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Path directory = tenant.database().getParent();
    Path elsewhere = Files.move(directory, home.resolve("elsewhere"));
    Files.createSymbolicLink(directory, elsewhere);

    assertRefused(tenant, "symbolic link");
  }

  @Test
  void aCheckoutMayItselfBeReachedThroughALink() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Path link = Files.createSymbolicLink(home.resolve("link"), tenant.paths.checkout());

    assertThatCode(
            () ->
                live.inspect(
                    new TenantPaths(link, link.resolve("db/pocket.db")),
                    List.of(),
                    tenant.context().commands()))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @EnumSource
  void aSnapshotUnderAWriterIsOneMomentOfTheDatabase(JournalMode mode) throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, mode);
    tenant.sql("DELETE FROM person");
    Path target = home.resolve("snapshot.db");
    Process service = busyService(tenant);
    try {
      live.snapshot(tenant.database(), target, tenant.context());

      assertThat(service.isAlive()).isTrue();
      assertThat(StoppedTenant.ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
      assertThat(StoppedTenant.ask(target, INVARIANT)).isEqualTo("0");
      assertThat(Long.parseLong(StoppedTenant.ask(target, "SELECT count(*) FROM person")))
          .isPositive();
      assertThat(StoppedTenant.ask(target, "PRAGMA journal_mode")).isEqualTo(mode.pragma());
      assertThat(StoppedTenant.ask(target, "PRAGMA user_version")).isEqualTo("7");
      assertThat(target.resolveSibling("snapshot.db.tmp")).doesNotExist();
      assertThat(target.resolveSibling("snapshot.db-wal")).doesNotExist();
    } finally {
      service.destroyForcibly().waitFor();
    }
  }

  /** Adds a person and a team in each of its transactions, as fast as it can. */
  private static Process busyService(StoppedTenant tenant) throws IOException {
    Process service =
        new ProcessBuilder(
                "python3",
                "-c",
                """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
                n = 0
                while True:
                    n += 1
                    db.execute('BEGIN IMMEDIATE')
                    db.execute("INSERT INTO person(id, name) VALUES (?, 'x')", (n,))
                    db.execute('INSERT INTO team VALUES (?)', (n,))
                    db.execute('COMMIT')
                    if n == 20:
                        print('ready', flush=True)
                """,
                tenant.database().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader output = service.inputReader();
    assertThat(output.readLine()).isEqualTo("ready");
    return service;
  }

  @Test
  void aSnapshotThatCannotBeWrittenLeavesNothing() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    Path target = home.resolve("no such directory/snapshot.db");

    StepFailure failure =
        catchThrowableOfType(
            StepFailure.class, () -> live.snapshot(tenant.database(), target, tenant.context()));

    assertThat(failure.kind()).isEqualTo(FailureKind.STEP_FAILED);
    assertThat(target.getParent()).doesNotExist();
  }

  @Test
  void aDatabaseInUseIsComparedWithItsBackup() throws Exception {
    StoppedTenant tenant = StoppedTenant.create(home, JournalMode.WAL);
    // Without a key, and with gaps between the row ids, which a copy must keep.
    tenant.sql(
        "CREATE TABLE log (line TEXT)",
        "INSERT INTO log SELECT 'l' || id FROM person",
        "DELETE FROM log WHERE rowid % 2 = 0");
    Path backup = Path.of(tenant.backUp().facts().backupPath());
    byte[] before = Files.readAllBytes(backup);
    Path scratch = Files.createDirectory(home.resolve("scratch"));
    Process service =
        StoppedTenant.writer(
            tenant.database(),
            "db.execute('DELETE FROM person WHERE id <= 5')",
            "db.execute(\"UPDATE person SET name='new' WHERE id IN (10, 11)\")",
            "db.execute(\"INSERT INTO person(name) VALUES ('late'), ('late'), ('late')\")",
            "db.execute(\"UPDATE log SET line='x' WHERE rowid=7\")");
    try {
      DatabaseComparison compared = live.compare(tenant.paths, backup, scratch, tenant.context());

      assertThat(compared.limits()).isNull();
      assertThat(compared.tables())
          .containsExactly(
              new TableChange("log", 0L, 0L, 1L, 500L, 500L, null),
              new TableChange("person", 3L, 5L, 2L, 1000L, 998L, null),
              new TableChange("team", 0L, 0L, 0L, 0L, 0L, null));
      assertThat(service.isAlive()).isTrue();
      assertThat(backup).hasBinaryContent(before);
    } finally {
      service.destroyForcibly().waitFor();
    }
  }

  private DatabaseInspection inspect(StoppedTenant tenant) {
    return live.inspect(tenant.paths, tenant.state(), tenant.context().commands());
  }

  private StepFailure assertRefused(StoppedTenant tenant, String message) {
    StepFailure failure = catchThrowableOfType(StepFailure.class, () -> inspect(tenant));
    assertThat(failure.kind()).isEqualTo(FailureKind.DATABASE_CORRUPT);
    assertThat(failure).hasMessageContaining(message);
    return failure;
  }
}
