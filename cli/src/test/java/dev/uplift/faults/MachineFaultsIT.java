package dev.uplift.faults;

import static dev.uplift.faults.FaultCase.ofRow;
import static dev.uplift.faults.Injection.FAILURE;
import static dev.uplift.faults.Injection.POWER_CUT;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.SystemdWorld;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What only a machine with a systemd and a power switch can show. */
@Tag("faults")
class MachineFaultsIT {
  private static final String SLOW =
      """
      import time
      with opened() as connection:
          connection.execute("ALTER TABLE person ADD COLUMN score INTEGER")
          connection.execute("BEGIN IMMEDIATE")
          connection.execute("UPDATE person SET score = 1")
          time.sleep(60)
          connection.execute("COMMIT")
      """;

  private static final List<Injected> ALL =
      List.of(
          new Injected(
              ofRow(25, "between the checkout and the dependencies", POWER_CUT, "rolled_back"),
              MachineFaultsIT::cutBetweenCodeAndDependencies),
          new Injected(
              ofRow(33, "a script locks everybody out of the database", FAILURE, "rolled_back"),
              MachineFaultsIT::lockedOut),
          new Injected(
              ofRow(34, "in the transaction of a script", POWER_CUT, "rolled_back"),
              MachineFaultsIT::cutInMigration),
          new Injected(
              ofRow(35, "a crash loop uses up the starts", FAILURE, "rolled_back, crash_loop"),
              MachineFaultsIT::crashLoop),
          new Injected(
              ofRow(41, "while the database is restored", POWER_CUT, "rolled_back"),
              () -> cutInRestore(Event.INTENT)),
          new Injected(
              ofRow(41, "after the database was restored", POWER_CUT, "rolled_back"),
              () -> cutInRestore(Event.DONE)),
          new Injected(
              ofRow(
                  46,
                  "the host restarts in a cutover, without an engine",
                  POWER_CUT,
                  "rolled_back"),
              MachineFaultsIT::restartedAlone),
          new Injected(
              ofRow(39, "after the commit, before the answer", POWER_CUT, "success"),
              MachineFaultsIT::cutAfterCommit));

  private static final String TENANT = "acme";
  @TempDir static Path directory;
  private static SystemdWorld world;

  static Stream<FaultCase> cases() {
    return Injected.cases(ALL);
  }

  @TestFactory
  Stream<DynamicTest> endsAsPromised() {
    return Injected.tests(ALL);
  }

  /** Started by the first case that is not done yet. */
  private static SystemdWorld world() throws Exception {
    if (world == null) {
      world = SystemdWorld.start(directory, List.of(TENANT));
      new Apps(world.calls())
          .addVariant(
              "impatient",
              app -> {
                ((ObjectNode) app.get("rehearsal")).put("enabled", false);
                ((ObjectNode) app.get("timeouts")).put("health_deadline", "8s");
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

  private static Trial trial(String app) throws Exception {
    Trial trial = Trial.of(world(), TENANT);
    new Apps(world.calls()).use(trial.tenant(), app);
    return trial;
  }

  private static void cutPowerAndBoot() throws Exception {
    world.host().cutPower();
    world.host().boot();
  }

  private static String cutBetweenCodeAndDependencies() throws Exception {
    Trial trial = trial("unrehearsed").start("v0.3.0");
    trial.await(Event.DONE, Step.CHECK_OUT_RELEASE, Direction.FORWARD);
    cutPowerAndBoot();
    requireDown();
    world.startWorker();
    return trial.rolledBack("turned_back");
  }

  private static String cutInRestore(Event event) throws Exception {
    Trial trial = trial("unrehearsed").start("v0.4.0-migration-raises");
    trial.await(event, Step.RESTORE_DATABASE, Direction.BACK);
    cutPowerAndBoot();
    requireDown();
    world.startWorker();
    return trial.rolledBack("migration_failed");
  }

  private static String cutAfterCommit() throws Exception {
    Trial trial = trial("unrehearsed").start("v0.3.0");
    trial.await(Event.COMMITTED);
    cutPowerAndBoot();
    world.startWorker();
    return trial.succeeded("v0.3.0");
  }

  /** Its units are enabled, but guarded. */
  private static void requireDown() throws Exception {
    assertThat(world.mustScript("systemctl is-active acme-api acme-frontend || true").lines())
        .containsOnly("inactive");
  }

  private static String cutInMigration() throws Exception {
    String tag = new BadReleases(world().upstream()).migrating("v0.5.0-cut", SLOW);
    Trial trial = inMigration(tag);
    cutPowerAndBoot();
    requireDown();
    world.startWorker();
    return trial.rolledBack("turned_back");
  }

  /** In the last script, when it is in its transaction. */
  private static Trial inMigration(String tag) throws Exception {
    Trial trial = trial("unrehearsed").start(tag);
    Path wal = trial.tenant().database().resolveSibling("pocket.db-wal");
    Eventually.within(
        Trial.PATIENCE,
        "the migration runs",
        () -> world.host().run("pgrep", "-f", "zz_last").succeeded() && wal.toFile().length() > 0);
    return trial;
  }

  private static String lockedOut() throws Exception {
    String tag =
        new BadReleases(world().upstream())
            .migrating("v0.5.0-locks-out", "os.chmod(DATABASE, 0)\n");
    Trial trial = trial("impatient").start(tag);
    String kind = trial.report().at("/failure/kind").asText();
    return trial.rolledBack(kind);
  }

  /** systemd refuses the fourth start within ten minutes; so the counter has to be reset. */
  private static String crashLoop() throws Exception {
    String tag =
        new BadReleases(world().upstream())
            .replacing("v0.5.0-loops", "services/api.py", "raise SystemExit('no licence')\n");
    String seen = trial("unrehearsed").start(tag).rolledBack("crash_loop");
    assertThat(world.mustScript("systemctl show -P ActiveState acme-api").strip())
        .isEqualTo("active");
    return seen;
  }

  private static String restartedAlone() throws Exception {
    String tag = new BadReleases(world().upstream()).migrating("v0.5.0-alone", SLOW);
    Trial trial = inMigration(tag);
    world.cutWire();
    try {
      cutPowerAndBoot();
      world.startWorker();
      Eventually.within(
          Duration.ofSeconds(60),
          "the host has settled it",
          () -> trial.host().isOver(trial.upgradeId()));
      trial.requireAsBefore();
    } finally {
      world.mendWire();
    }
    return trial.rolledBack("turned_back");
  }
}
