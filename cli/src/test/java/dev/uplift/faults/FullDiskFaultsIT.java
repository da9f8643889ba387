package dev.uplift.faults;

import static dev.uplift.faults.FaultCase.ofRow;
import static dev.uplift.faults.Injection.FAILURE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.sandbox.Sandbox;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.SlowMigration;
import dev.uplift.scenario.TenantFacts;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import dev.uplift.testhost.LocalCommand;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Disks that are full when a step begins or while it works: the one with the tenants, and the one
 * with the worker's state.
 */
@Tag("faults")
class FullDiskFaultsIT {
  private static final long KEEP_FREE = 16L << 20;
  private static final int MANY_FILES = 6_000;
  private static final Duration FULL_FOR = Duration.ofSeconds(5);

  /** Less than a backup takes; without it not even the old release could serve. */
  private static final int FOR_THE_APPLICATION = 80 << 10;

  /** What a script does that leaves no room, wherever it is run. */
  private static final String FILL =
      """
      filler = os.path.join(CHECKOUT, "db", "filler.db")
      try:
          with open(filler, "wb") as file:
              while True:
                  os.write(file.fileno(), b"x" * 65536)
      except OSError:
          pass
      """;

  private static final List<Injected> ALL =
      List.of(
          new Injected(
              ofRow(9, "no room when the tenant is inspected", FAILURE, "rejected, disk_full"),
              () -> fullFromTheStart(tenants(), "cbapp", "v0.3.0")),
          new Injected(
              ofRow(9, "two upgrades, and room for one", FAILURE, "rejected, disk_full"),
              FullDiskFaultsIT::twoWithRoomForOne),
          new Injected(
              ofRow(5, "no room when the release is fetched", FAILURE, "rejected, disk_full"),
              () ->
                  fullAfter(
                      Step.INSPECT_TENANT,
                      releases().replacing("v0.5.0-fetched", "services/large", noise()))),
          new Injected(
              ofRow(12, "no room when dependencies are staged", FAILURE, "rejected, disk_full"),
              () -> fullAfter(Step.FETCH_RELEASE, "v0.3.0")),
          new Injected(
              ofRow(13, "no room in the rehearsal", FAILURE, "rejected, migration_failed"),
              FullDiskFaultsIT::fullInRehearsal),
          new Injected(
              ofRow(20, "no room for the backup", FAILURE, "rolled_back, disk_full"),
              () -> fullDuringStop(tenants())),
          new Injected(
              ofRow(20, "no room for the journal", FAILURE, "rolled_back, disk_full"),
              () -> fullDuringStop(state())),
          new Injected(
              ofRow(26, "no room while files are checked out", FAILURE, "rolled_back, disk_full"),
              FullDiskFaultsIT::fullDuringCheckout),
          new Injected(
              ofRow(27, "no room for the migrations", FAILURE, "rolled_back, disk_full"),
              FullDiskFaultsIT::fullDuringMigrations),
          new Injected(
              ofRow(43, "no room for the restore", FAILURE, "needs_attention, disk_full"),
              FullDiskFaultsIT::fullDuringRestore),
          new Injected(
              ofRow(
                  43,
                  "no room for a while when it is undone, not even what was reserved",
                  FAILURE,
                  "rolled_back, migration_failed"),
              FullDiskFaultsIT::fullWhileUndone),
          // A line or a link may still find room in the last block.
          new Injected(
              ofRow(
                  38, "no room when dependencies are switched", FAILURE, "rolled_back or success"),
              () -> fullOnce(Event.DONE, Step.CHECK_OUT_RELEASE, "v0.5.0-switched")),
          new Injected(
              ofRow(38, "no room while services start", FAILURE, "rolled_back or success"),
              () -> fullOnce(Event.INTENT, Step.START_SERVICES, "v0.5.1-started")),
          new Injected(
              ofRow(38, "no room while the health is watched", FAILURE, "rolled_back or success"),
              () -> fullOnce(Event.INTENT, Step.CHECK_HEALTH, "v0.5.2-watched")));

  @TempDir static Path directory;
  private static SmallDisk tenants;
  private static SmallDisk state;
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
      Path home = directory.resolve("world");
      tenants = SmallDisk.at(home.resolve("sandbox"), directory.resolve("tenants.img"), "3G");
      world =
          World.start(
              home,
              EngineKind.EMBEDDED,
              sandbox -> sandbox.tenants(5).rows(3000).timeout("health_window", "1s"));
      giveStateItsOwnDisk(world.sandbox());
      new Apps(world.calls()).addUnrehearsed("unrehearsed");
    }
    return world;
  }

  private static void giveStateItsOwnDisk(Sandbox sandbox) throws Exception {
    world.stopWorker();
    Path aside = sandbox.directory().resolve("state-aside");
    Files.move(sandbox.state(), aside);
    state = SmallDisk.at(sandbox.state(), directory.resolve("state.img"), "1G");
    LocalCommand.of("cp", "-a", aside + "/.", sandbox.state().toString())
        .mustRun(Duration.ofMinutes(1));
    world.restartWorker(Map.of("uplift.host.keep-free", KEEP_FREE + "B"));
  }

  @AfterAll
  static void endWorld() throws Exception {
    if (world != null) {
      world.close();
      world = null;
    }
    for (SmallDisk disk : new SmallDisk[] {state, tenants}) {
      if (disk != null) {
        disk.close();
      }
    }
  }

  private static SmallDisk tenants() throws Exception {
    world();
    return tenants;
  }

  private static SmallDisk state() throws Exception {
    world();
    return state;
  }

  private static BadReleases releases() throws Exception {
    return new BadReleases(world().sandbox().upstream());
  }

  private static Trial trial(String tenant, String app) throws Exception {
    Trial trial = Trial.of(world(), tenant);
    new Apps(world.calls()).use(trial.tenant(), app);
    return trial;
  }

  /** A megabyte that does not get smaller when it is packed. */
  private static String noise() {
    StringBuilder noise = new StringBuilder();
    new Random(1).ints(1 << 20, 33, 127).forEach(c -> noise.append((char) c));
    return noise.toString();
  }

  private static String fullFromTheStart(SmallDisk disk, String app, String tag) throws Exception {
    Trial trial = trial("testsite", app);
    disk.fill();
    try {
      trial.start(tag).report();
    } finally {
      disk.makeRoom();
    }
    return trial.rejected("disk_full");
  }

  private static String twoWithRoomForOne() throws Exception {
    Trial first = trial("acme", "unrehearsed");
    Trial second = trial("testsite", "unrehearsed");
    SlowMigration migration =
        SlowMigration.addTo(
            world.sandbox().upstream(), "v0.5.0-room", Duration.ofSeconds(6), directory);
    long need = (64L << 20) + 3 * Files.size(first.tenant().database());
    tenants.fillUpTo(KEEP_FREE + need * 3 / 2);
    try {
      first.start(migration.tag());
      migration.awaitBegun(Trial.PATIENCE);
      String seen = second.start("v0.3.0").rejected("disk_full");
      assertThat(second.report().at("/failure/evidence").asText())
          .containsPattern("reserved by other upgrades: [1-9]");
      return seen + "; the other one: " + first.succeeded(migration.tag());
    } finally {
      tenants.makeRoom();
    }
  }

  private static String fullInRehearsal() throws Exception {
    Trial trial = trial("testsite", "cbapp");
    String tag = releases().migrating("v0.5.0-fills", FILL + "raise SystemExit('no room')\n");
    String seen = trial.start(tag).rejected("migration_failed");
    assertThat(state.usableBytes()).as("room again").isGreaterThan(64L << 20);
    return seen;
  }

  /** When a step of the preparation is done. */
  private static String fullAfter(Step step, String tag) throws Exception {
    Trial trial = trial("testsite", "unrehearsed").start(tag);
    trial.await(Event.DONE, step, Direction.FORWARD);
    state.fill();
    try {
      trial.report();
    } finally {
      state.makeRoom();
    }
    return trial.rejected("disk_full");
  }

  /** What needs room next is the backup, or the journal. */
  private static String fullDuringStop(SmallDisk disk) throws Exception {
    Trial trial = trial("testsite", "unrehearsed").start("v0.3.0");
    trial.await(Event.INTENT, Step.STOP_SERVICES, Direction.FORWARD);
    disk.fillBut(disk == tenants ? FOR_THE_APPLICATION : 0);
    try {
      trial.report();
    } finally {
      disk.makeRoom();
    }
    return trial.rolledBack("disk_full");
  }

  private static String fullDuringCheckout() throws Exception {
    Map<String, String> files = new HashMap<>(Map.of("VERSION", "v0.5.0-large\n"));
    for (int i = 0; i < MANY_FILES; i++) {
      files.put("static/%02d/page-%04d.html".formatted(i % 50, i), "<p>page " + i + "</p>\n");
    }
    world().sandbox().upstream().addRelease("v0.5.0-large", "v0.3.0", files);
    Trial trial = trial("testsite", "unrehearsed");
    SandboxTenant tenant = trial.start("v0.5.0-large").tenant();
    Eventually.within(
        Trial.PATIENCE,
        "files of the release are being written",
        () -> Files.exists(tenant.path().resolve("static")));
    tenants.fillBut(FOR_THE_APPLICATION);
    try {
      assertThat(trial.report().at("/failure/step").asText()).isEqualTo("CheckOutRelease");
    } finally {
      tenants.makeRoom();
    }
    String seen = trial.rolledBack("disk_full");
    assertThat(tenant.path().resolve("static")).doesNotExist();
    return seen;
  }

  private static String fullWhileUndone() throws Exception {
    Trial trial = trial("testsite", "unrehearsed").start("v0.4.0-migration-raises");
    trial.await(Event.INTENT, Step.RESTORE_DATABASE, Direction.BACK);
    state.fill();
    try {
      // As long as the disk is full.
      Thread.sleep(FULL_FOR.toMillis());
    } finally {
      state.makeRoom();
    }
    return trial.rolledBack("migration_failed");
  }

  /** The journal gets what was reserved for it, and nothing more. */
  private static String fullOnce(Event event, Step step, String tag) throws Exception {
    releases().replacing(tag, "services/unused", "");
    Trial trial = trial("testsite", "unrehearsed").start(tag);
    trial.await(event, step, Direction.FORWARD);
    state.fill();
    String status;
    try {
      status = trial.report().get("status").asText();
    } finally {
      state.makeRoom();
    }
    return status.equals("success") ? trial.succeeded(tag) : trial.rolledBack("disk_full");
  }

  /** The script that fills the disk needs room itself, finds none and gives back what it took. */
  private static String fullDuringMigrations() throws Exception {
    String tag =
        releases()
            .migrating(
                "v0.5.0-no-room",
                FILL
                    + """
                    try:
                        with opened() as connection:
                            connection.execute("UPDATE person SET name = printf('%.5000c', 'x')")
                    finally:
                        os.remove(filler)
                    """);
    return trial("testsite", "unrehearsed").start(tag).rolledBack("disk_full");
  }

  private static String fullDuringRestore() throws Exception {
    Trial trial = trial("globex", "unrehearsed");
    Path migrated = directory.resolve("globex.migrated");
    String tag =
        releases()
            .migrating(
                "v0.5.0-no-way-back",
                """
                with opened() as connection:
                    connection.execute("UPDATE person SET city = 'half'")
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                shutil.copy(DATABASE, "%s")
                %sraise SystemExit("enough")
                """
                    .formatted(migrated, FILL));
    trial.start(tag);
    JsonNode report = trial.held("disk_full", "filler.db");
    assertThat(report.at("/held_for/step").asText()).isEqualTo("RestoreDatabase");
    // Reading a database in WAL mode needs room for its index.
    Files.delete(trial.tenant().path().resolve("db/filler.db"));
    assertThat(TenantFacts.databaseHash(trial.tenant().database()))
        .as("the database is not touched")
        .isEqualTo(TenantFacts.databaseHash(migrated));
    Path backup = Path.of(report.get("backup_path").asText());
    assertThat(TenantFacts.databaseHash(backup)).isEqualTo(trial.databaseBefore());
    return "needs_attention, disk_full, with a whole backup";
  }
}
