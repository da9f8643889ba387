package dev.uplift.faults;

import static dev.uplift.faults.FaultCase.ofRow;
import static dev.uplift.faults.Injection.FAILURE;
import static dev.uplift.faults.Injection.KILL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.engine.Engine;
import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.SlowMigration;
import dev.uplift.scenario.TenantFacts;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.workflowservice.v1.DescribeWorkflowExecutionRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong between a backup and the end of the migrations. */
@Tag("faults")
class MigrationFaultsIT {
  private static final Path OUTSIDE = Path.of("/var/tmp/uplift-written-outside");
  private static final String SOMEBODY_ELSE = "65534";

  private static final List<Injected> ALL =
      List.of(
          new Injected(
              ofRow(25, "between the checkout and the dependencies", KILL, "success"),
              MigrationFaultsIT::killedBetweenCodeAndDependencies),
          new Injected(
              ofRow(27, "the first script exits with 3", FAILURE, "rolled_back, migration_failed"),
              () ->
                  rolledBack(
                      releases()
                          .replacing(
                              "v0.5.0-first", "scripts/create_schema.py", "raise SystemExit(3)\n"),
                      "migration_failed")),
          new Injected(
              ofRow(
                  27,
                  "the second script commits something and exits with 3",
                  FAILURE,
                  "rolled_back, migration_failed"),
              () ->
                  rolledBack(
                      releases()
                          .replacing(
                              "v0.5.0-second",
                              "scripts/create_default_users.py",
                              """
                              from _database import opened

                              with opened() as connection:
                                  connection.execute("ALTER TABLE person ADD COLUMN half TEXT")
                                  connection.execute("UPDATE person SET name = 'nobody'")
                              raise SystemExit(3)
                              """),
                      "migration_failed")),
          new Injected(
              ofRow(
                  28,
                  "a script is killed in a transaction and leaves a WAL",
                  FAILURE,
                  "rolled_back, migration_failed"),
              () ->
                  killedScript(
                      "-wal",
                      """
                      connection.execute("PRAGMA wal_autocheckpoint = 0")
                      connection.execute("UPDATE person SET name = 'committed'")
                      connection.execute("BEGIN IMMEDIATE")
                      connection.execute("UPDATE person SET name = 'half'")
                      """)),
          new Injected(
              ofRow(
                  28,
                  "a script is killed in a transaction and leaves a hot journal",
                  FAILURE,
                  "rolled_back, migration_failed"),
              () ->
                  killedScript(
                      "-journal",
                      """
                      connection.execute("PRAGMA journal_mode = DELETE")
                      connection.execute("PRAGMA cache_size = 5")
                      connection.execute("BEGIN IMMEDIATE")
                      connection.execute("UPDATE person SET name = printf('%.2000c', 'x')")
                      """)),
          new Injected(
              ofRow(29, "a script hangs", FAILURE, "rolled_back, migration_timeout"),
              () -> rolledBack("v0.4.0-migration-hangs", "migration_timeout")),
          new Injected(
              ofRow(30, "the worker is killed, its script lives on", KILL, "success"),
              MigrationFaultsIT::orphan),
          new Injected(
              ofRow(30, "the worker is killed with its script", KILL, "success"),
              MigrationFaultsIT::killedWithItsScript),
          new Injected(
              ofRow(
                  31,
                  "the worker stands still until another one has the step, and goes on then",
                  FAILURE,
                  "success"),
              MigrationFaultsIT::secondAttempt),
          new Injected(
              ofRow(32, "the release's own check says no", FAILURE, "rolled_back, schema_wrong"),
              () -> rolledBack("v0.4.0-schema-wrong", "schema_wrong")),
          new Injected(
              ofRow(32, "a reference leads nowhere", FAILURE, "rolled_back, schema_wrong"),
              () ->
                  rolledBack(
                      releases()
                          .migrating(
                              "v0.5.0-reference",
                              """
                              with opened() as connection:
                                  connection.execute("PRAGMA foreign_keys = OFF")
                                  connection.execute("INSERT INTO note (person_id, body) VALUES (987654, '')")
                              """),
                      "schema_wrong")),
          new Injected(
              ofRow(32, "a page of the database is garbage", FAILURE, "rolled_back, schema_wrong"),
              () ->
                  rolledBack(
                      releases()
                          .migrating(
                              "v0.5.0-garbage",
                              """
                              with open(DATABASE, "r+b") as file:
                                  file.seek(4096)
                                  file.write(b"Z" * 8192)
                              """),
                      "schema_wrong")),
          new Injected(
              ofRow(
                  33,
                  "a script deletes the database, rehearsed",
                  FAILURE,
                  "rejected, schema_wrong"),
              () -> rejected(deleting("v0.5.0-deletes-rehearsed"), "schema_wrong")),
          new Injected(
              ofRow(
                  33,
                  "a script deletes the database, not rehearsed",
                  FAILURE,
                  "rolled_back, schema_wrong"),
              () -> rolledBack(deleting("v0.5.0-deletes"), "schema_wrong")),
          new Injected(
              ofRow(
                  33,
                  "a script writes outside of the checkout, rehearsed",
                  FAILURE,
                  "rejected, migration_failed"),
              MigrationFaultsIT::writesOutside),
          new Injected(
              ofRow(
                  33,
                  "a script gives the database to somebody else, rehearsed",
                  FAILURE,
                  "rejected, migration_failed"),
              () -> rejected(givingAway("v0.5.0-gives-rehearsed"), "migration_failed")),
          new Injected(
              ofRow(
                  33,
                  "a script gives the database to somebody else, not rehearsed",
                  FAILURE,
                  "rolled_back, schema_wrong"),
              () -> rolledBack(givingAway("v0.5.0-gives"), "schema_wrong")));

  @TempDir static Path directory;
  private static World world;

  static Stream<FaultCase> cases() {
    return Injected.cases(ALL);
  }

  @TestFactory
  Stream<DynamicTest> endsAsPromised() {
    return Injected.tests(ALL);
  }

  /** Started by the first case that is not done yet. */
  private static World world() throws Exception {
    if (world == null) {
      assumeTrue(EngineKind.DEV_SERVER.isAvailable(), "there is no temporal program");
      world =
          World.start(
              directory.resolve("world"),
              EngineKind.DEV_SERVER,
              sandbox ->
                  sandbox
                      .tenants(5)
                      .rows(200)
                      .timeout("health_window", "1s")
                      .timeout("migrations", "30s"));
      Apps apps = new Apps(world.calls());
      apps.addVariant(
          "unrehearsed",
          app -> {
            ((ObjectNode) app.get("rehearsal")).put("enabled", false);
            ((ObjectNode) app.get("timeouts")).put("migrations", "20s");
          });
      apps.addVariant(
          "hasty",
          app -> {
            ((ObjectNode) app.get("rehearsal")).put("enabled", false);
            ((ObjectNode) app.get("timeouts")).put("migrations", "4s");
          });
    }
    return world;
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
      world = null;
    }
  }

  private static BadReleases releases() throws Exception {
    return new BadReleases(world().sandbox().upstream());
  }

  /** Of a tenant whose app is not rehearsed. */
  private static Trial unrehearsed(String tenant) throws Exception {
    Trial trial = Trial.of(world(), tenant);
    new Apps(world.calls()).use(trial.tenant(), "unrehearsed");
    return trial;
  }

  private static String rolledBack(String tag, String kind) throws Exception {
    Trial trial = Trial.of(world(), "testsite");
    new Apps(world.calls()).use(trial.tenant(), tag.endsWith("hangs") ? "hasty" : "unrehearsed");
    return trial.start(tag).rolledBack(kind);
  }

  private static String rejected(String tag, String kind) throws Exception {
    Trial trial = Trial.of(world(), "testsite");
    new Apps(world.calls()).use(trial.tenant(), "cbapp");
    return trial.start(tag).rejected(kind);
  }

  private static String killedBetweenCodeAndDependencies() throws Exception {
    Trial trial = unrehearsed("acme").start("v0.3.0");
    trial.await(Event.DONE, Step.CHECK_OUT_RELEASE, Direction.FORWARD);
    world.killWorker();
    assertThat(trial.event("COMMITTED")).as("it was in the middle").isEmpty();
    world.startWorker();
    return trial.succeeded("v0.3.0");
  }

  /** A script that ends like one that the kernel killed for want of memory. */
  private static String killedScript(String sidecar, String statements) throws Exception {
    Path told = directory.resolve("killed" + sidecar);
    String tag =
        releases()
            .migrating(
                "v0.5.0-killed" + sidecar,
                """
                with opened() as connection:
                %s
                    with open("%s", "w") as told:
                        told.write(str(os.path.getsize(DATABASE + "%s")))
                    os.kill(os.getpid(), signal.SIGKILL)
                """
                    .formatted(statements.strip().indent(4).stripTrailing(), told, sidecar));
    String seen = rolledBack(tag, "migration_failed");
    assertThat(Integer.parseInt(Files.readString(told))).as("bytes left behind").isPositive();
    return seen;
  }

  private static String orphan() throws Exception {
    Trial trial = unrehearsed("globex");
    SlowMigration migration = slow("v0.5.0-orphan", Duration.ofSeconds(8));
    trial.start(migration.tag());
    migration.awaitBegun(Trial.PATIENCE);
    world.killWorker();
    assertThat(Path.of("/proc", migration.processIds().get(0).toString())).exists();
    world.startWorker();
    return onceAlone(trial, migration, 2);
  }

  private static String killedWithItsScript() throws Exception {
    Trial trial = unrehearsed("initech");
    SlowMigration migration = slow("v0.5.0-with-script", Duration.ofSeconds(8));
    trial.start(migration.tag());
    migration.awaitBegun(Trial.PATIENCE);
    world.killWorker();
    ProcessHandle.of(migration.processIds().get(0)).orElseThrow().destroyForcibly();
    assertThat(migration.times("ended")).as("it was in the middle").isZero();
    world.startWorker();
    return onceAlone(trial, migration, 2);
  }

  /** The first worker's locks outlive its heartbeats: it is not dead, it only stands still. */
  private static String secondAttempt() throws Exception {
    Trial trial = unrehearsed("umbrella");
    SlowMigration migration = slow("v0.5.0-two-attempts", Duration.ofSeconds(12));
    trial.start(migration.tag());
    migration.awaitBegun(Trial.PATIENCE);
    signal("STOP", world.workerPid());
    try {
      world.startSecondWorker(Map.of());
      Eventually.within(
          Trial.PATIENCE, "the step was begun again", () -> attempts(trial.tenant()) > 1);
    } finally {
      signal("CONT", world.workerPid());
    }
    String seen = onceAlone(trial, migration, 0);
    return seen + ", scripts begun " + migration.times("begun") + " times";
  }

  private static int attempts(SandboxTenant tenant) {
    try (Engine engine = Engine.at(world.engineAddress(), "test")) {
      return engine
          .client()
          .getWorkflowServiceStubs()
          .blockingStub()
          .describeWorkflowExecution(
              DescribeWorkflowExecutionRequest.newBuilder()
                  .setNamespace(world.engineAddress().namespace())
                  .setExecution(
                      WorkflowExecution.newBuilder().setWorkflowId("upgrade/" + tenant.id()))
                  .build())
          .getPendingActivitiesList()
          .stream()
          .mapToInt(activity -> activity.getAttempt())
          .max()
          .orElse(0);
    }
  }

  private static void signal(String signal, long pid) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor())
        .isZero();
  }

  private static SlowMigration slow(String tag, Duration takes) throws Exception {
    return SlowMigration.addTo(world().sandbox().upstream(), tag, takes, directory);
  }

  /**
   * @param begun how often it has to have been begun; 0 for any number
   */
  private static String onceAlone(Trial trial, SlowMigration migration, int begun)
      throws Exception {
    String seen = trial.succeeded(migration.tag());
    if (begun > 0) {
      assertThat(migration.times("begun")).as("%s", migration.lines()).isEqualTo(begun);
    }
    // Its first statement fails on what an earlier run committed: each run began on the backup.
    assertThat(TenantFacts.hasColumn(trial.tenant(), "person", "score")).isTrue();
    assertThat(migration.times("beside")).as("%s", migration.lines()).isZero();
    List<Long> scripts = migration.processIds();
    assertThat(scripts)
        .allSatisfy(pid -> assertThat(Path.of("/proc", pid.toString())).doesNotExist());
    return seen;
  }

  private static String deleting(String tag) throws Exception {
    return releases().migrating(tag, "os.remove(DATABASE)\n");
  }

  private static String givingAway(String tag) throws Exception {
    return releases().migrating(tag, "os.chown(DATABASE, " + SOMEBODY_ELSE + ", -1)\n");
  }

  private static String writesOutside() throws Exception {
    String tag =
        releases()
            .migrating("v0.5.0-outside", "open(\"%s\", \"w\").write(\"x\")\n".formatted(OUTSIDE));
    try {
      String seen = rejected(tag, "migration_failed");
      assertThat(OUTSIDE).doesNotExist();
      return seen;
    } finally {
      Files.deleteIfExists(OUTSIDE);
    }
  }
}
