package dev.uplift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.command.ProcessTree;
import dev.uplift.dependency.SampleUpgrade;
import dev.uplift.dependency.StageDependencies;
import dev.uplift.host.Cancellation;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.DependencySpec;
import dev.uplift.profile.Migrations;
import dev.uplift.profile.Rehearsal;
import dev.uplift.profile.Timeouts;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real scripts on a real database, confined by what this machine has. */
class RehearseMigrationsTest {
  /** Told apart from the sleeps of others by its length. */
  private static final String SLEEP = Long.toString(1_000_000 + ProcessHandle.current().pid());

  private static final Map<String, String> ENVIRONMENT = Map.of("PATH", System.getenv("PATH"));

  @TempDir Path directory;
  private SampleUpgrade upgrade;
  private Path live;

  @BeforeEach
  void aTenant() throws IOException, SQLException {
    upgrade =
        new SampleUpgrade(directory)
            .rehearses(new Rehearsal(true, List.of(".env")))
            .needs(
                new DependencySpec.Command(
                    List.of("mkdir", "modules"), List.of("modules"), List.of()));
    live = upgrade.checkout.resolve("db/pocket.db");
    Files.createDirectories(live.getParent());
    sql(live, "CREATE TABLE person (id INTEGER)", "INSERT INTO person VALUES (1)");
    Files.writeString(upgrade.checkout.resolve(".env"), live.toString());
    new StageDependencies(upgrade.releases(), ENVIRONMENT).run(upgrade.input(), upgrade.context());
  }

  static List<Confinement> confinements() {
    return List.of(new Confinement.Bubblewrap(), new Confinement.Namespaces());
  }

  @ParameterizedTest
  @MethodSource("confinements")
  void aScriptThatFindsTheDatabaseByAnAbsolutePathMeetsOnlyTheCopy(Confinement confinement)
      throws Exception {
    byte[] before = Files.readAllBytes(live);
    script(
        """
        import sqlite3, time
        time.sleep(0.3)
        db = sqlite3.connect(open('.env').read())
        db.execute('ALTER TABLE person ADD COLUMN email')
        db.execute('UPDATE person SET email = 1')
        db.commit()
        print([row[1] for row in db.execute('PRAGMA table_info(person)')])
        """);

    long begin = System.nanoTime();
    StepResult result = rehearse(confinement);
    long allOfIt = (System.nanoTime() - begin) / 1_000_000;

    assertThat(result.summary()).matches("Rehearsed 1 migration in \\d+\\.\\d s");
    assertThat(result.output()).isEqualTo("== scripts/a.py\n['id', 'email']\n");
    assertThat(result.facts().migrationsRun()).containsExactly("scripts/a.py");
    assertThat(result.facts().migrationsMillis()).isBetween(300L, allOfIt);
    assertThat(result.warnings()).isEmpty();
    assertThat(Files.readAllBytes(live)).isEqualTo(before);
    assertThat(scratch()).doesNotExist();
  }

  @ParameterizedTest
  @MethodSource("confinements")
  void aScriptWritesNowhereButIntoTheScratchTreeAndTemporaryDirectories(Confinement confinement)
      throws Exception {
    Path neighbour = Files.createDirectory(directory.resolve("neighbour"));
    script(
        """
        import os, tempfile
        tempfile.NamedTemporaryFile().write(b'x')
        os.listdir('modules')
        refused = []
        for path in [NEIGHBOUR + '/x', '/etc/uplift-x', 'modules/x', '/var/tmp/uplift-x']:
            try:
                open(path, 'w')
            except OSError:
                refused.append(path)
        print(len(refused), os.getcwd(), os.listdir('.git') if os.path.exists('.git') else 'no git')
        """
            .replace("NEIGHBOUR", "'" + neighbour + "'"));

    assertThat(rehearse(confinement).output()).contains("4 " + upgrade.checkout + " no git");
    assertThat(neighbour).isEmptyDirectory();
  }

  @ParameterizedTest
  @MethodSource("confinements")
  void aScriptReachesNoServiceAndSeesNoOtherProcess(Confinement confinement) throws Exception {
    try (ServerSocket service = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      script(
          """
          import os, socket
          try:
              socket.create_connection(('127.0.0.1', PORT), 2)
              print('connected')
          except OSError as e:
              print('refused')
          print('sees', os.path.exists('/proc/PID'))
          print('capabilities', [l.split()[1] for l in open('/proc/self/status') if l.startswith('CapEff')])
          """
              .replace("PORT", Integer.toString(service.getLocalPort()))
              .replace("PID", Long.toString(ProcessHandle.current().pid())));

      assertThat(rehearse(confinement).output())
          .contains("refused\nsees False\ncapabilities ['0000000000000000']\n");
    }
  }

  @ParameterizedTest
  @MethodSource("confinements")
  void aScriptThatHangsTimesOutAndLeavesNoProcess(Confinement confinement) throws Exception {
    upgrade.within(new Timeouts(null, null, null, null, null, Duration.ofSeconds(10)));
    script(
        """
        import subprocess, sys, time
        subprocess.Popen(['sleep', 'SECONDS'], start_new_session=True)
        print('hangs', flush=True)
        time.sleep(300)
        """
            .replace("SECONDS", SLEEP));

    assertThatThrownBy(() -> rehearse(confinement))
        .isInstanceOfSatisfying(
            StepFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.MIGRATION_TIMEOUT);
              assertThat(failure.evidence()).contains("hangs");
            });
    assertThat(ProcessTree.holdersOf(List.of(commandLock())).pids()).isEmpty();
    assertThat(ProcessHandle.allProcesses().filter(RehearseMigrationsTest::isOurSleep)).isEmpty();
    assertThat(scratch()).doesNotExist();
  }

  @Test
  void aScriptThatFailsFailsTheRehearsalAndTheScratchTreeIsRemoved() throws Exception {
    script("raise ValueError('second statement')");

    assertFailure(FailureKind.MIGRATION_FAILED);
    assertThat(scratch().getParent()).doesNotExist();
  }

  @Test
  void aCancelledRehearsalEndsItsScript() throws Exception {
    script("import time; time.sleep(300)");
    Cancellation whenItRuns =
        cancelledWhen(() -> !ProcessTree.holdersOf(List.of(commandLock())).pids().isEmpty());

    assertThatThrownBy(
            () ->
                step(Optional.of(new Confinement.Bubblewrap()))
                    .run(upgrade.input(), upgrade.context(whenItRuns)))
        .isInstanceOf(StepCancelled.class);
    assertThat(ProcessTree.holdersOf(List.of(commandLock())).pids()).isEmpty();
    assertThat(scratch()).doesNotExist();
  }

  @Test
  void aSchemaThatTheVerifyCommandRejectsFailsTheRehearsal() throws Exception {
    script("");
    upgrade.migrates(
        new Migrations(List.of("python3", "{script}"), List.of("scripts/a.py"), List.of("false")));

    assertFailure(FailureKind.SCHEMA_WRONG);
  }

  @Test
  void aFileToCopyThatTheTenantLacksIsAWarning() throws Exception {
    Files.delete(upgrade.checkout.resolve(".env"));
    script("");

    assertThat(rehearse(new Confinement.Bubblewrap()).warnings())
        .singleElement()
        .asString()
        .contains(".env");
  }

  @Test
  void aLinkInTheReleaseDoesNotLeadTheSnapshotOutOfTheScratchTree() throws Exception {
    script("");
    Files.createSymbolicLink(upgrade.release.resolve("db"), live.getParent());

    assertFailure(FailureKind.PROFILE_INVALID);
  }

  @Test
  void withoutConfinementNothingIsRunAndAWarningSaysSo() throws Exception {
    script("open('/tmp/uplift-ran-unconfined', 'w')");

    StepResult result = step(Optional.empty()).run(upgrade.input(), upgrade.context());

    assertThat(result.summary()).startsWith("Skipped: ");
    assertThat(result.warnings()).singleElement().asString().contains("bubblewrap");
    assertThat(result.facts().migrationsRun()).isNull();
    assertThat(result.facts().notRehearsed()).isEqualTo("this host cannot confine a rehearsal");
    assertThat(Path.of("/tmp/uplift-ran-unconfined")).doesNotExist();
  }

  @Test
  void aRehearsalThatNobodyWantsIsSkippedWithTheReason() throws Exception {
    script("");
    assertThat(skipped(upgrade.runsMigrations(false))).contains("asked to run no migrations");
    upgrade.runsMigrations(true).rehearses(new Rehearsal(false, null));
    assertThat(skipped(upgrade)).contains("switches rehearsals off");
    assertThat(skipped(upgrade.migrates(Migrations.NONE))).contains("no migrations");
  }

  @Test
  void theProbeFindsWhatThisMachineHasAndNothingThatIsMissing() {
    assertThat(Confinement.probe(upgrade.paths, ENVIRONMENT))
        .contains(new Confinement.Bubblewrap());
    assertThat(Confinement.probe(upgrade.paths, Map.of("PATH", "/nowhere"))).isEmpty();
  }

  private String skipped(SampleUpgrade changed) {
    return step(Optional.of(new Confinement.Bubblewrap()))
        .run(changed.input(), changed.context())
        .summary();
  }

  private void script(String source) throws IOException {
    upgrade
        .file("scripts/a.py", source)
        .migrates(new Migrations(List.of("python3", "{script}"), List.of("scripts/a.py"), null));
  }

  private StepResult rehearse(Confinement confinement) {
    return step(Optional.of(confinement)).run(upgrade.input(), upgrade.context());
  }

  private RehearseMigrations step(Optional<Confinement> confinement) {
    return new RehearseMigrations(
        upgrade.releases(),
        (database, target, context) -> copy(database, target),
        new SnapshotCheck(),
        confinement,
        ENVIRONMENT);
  }

  private void assertFailure(FailureKind kind) {
    assertThatThrownBy(() -> rehearse(new Confinement.Bubblewrap()))
        .isInstanceOfSatisfying(
            StepFailure.class, failure -> assertThat(failure.kind()).isEqualTo(kind));
  }

  private Path scratch() {
    return upgrade.paths.scratch(upgrade.id).resolve("rehearsal");
  }

  private Path commandLock() {
    return upgrade.paths.commandLock(upgrade.input().plan().tenant().id());
  }

  private static boolean isOurSleep(ProcessHandle process) {
    return process.info().commandLine().filter(line -> line.endsWith("sleep " + SLEEP)).isPresent();
  }

  private static void copy(Path database, Path target) {
    try {
      Files.copy(database, target);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void sql(Path database, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static Cancellation cancelledWhen(BooleanSupplier requested) {
    return new Cancellation() {
      @Override
      public void check() {
        if (isRequested()) {
          throw new StepCancelled("told so");
        }
      }

      @Override
      public boolean isRequested() {
        return requested.getAsBoolean();
      }
    };
  }

  /** The snapshot really has the new schema when it is looked at. */
  private final class SnapshotCheck implements DatabaseCheck {
    @Override
    public void afterRehearsal(StepContext context, Path database) {
      assertThat(database).startsWith(scratch());
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT count(*) FROM person")) {
        assertThat(rows.getInt(1)).isEqualTo(1);
      } catch (SQLException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void afterMigration(StepContext context, Path database) {
      throw new AssertionError("this is a rehearsal");
    }

    @Override
    public void noteRows(StepContext context, Path database) {
      throw new AssertionError("nothing was changed");
    }
  }
}
