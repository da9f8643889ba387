package dev.uplift.faults;

import static dev.uplift.faults.Injection.FAILURE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * A worker whose clock is set while a tenant is in its cutover. Its clock is that of libfaketime,
 * which every process here has for itself: the clock of this machine stays as it is.
 */
@Tag("faults")
class ClockFaultsIT {
  private static final String TENANT = "testsite";
  private static final Path LIBRARIES = Path.of("/usr/lib");

  private static final List<Injected> ALL =
      List.of(
          new Injected(
              FaultMatrix.row(23)
                  .with(FAILURE, "the clock steps back while the services stop", "success"),
              ClockFaultsIT::backBeforeTheBackup),
          new Injected(
              FaultMatrix.row(23)
                  .with(FAILURE, "the clock jumps a day ahead in the migrations", "success"),
              () -> succeedsWhenSet("v0.5.1-ahead", "+1d")),
          new Injected(
              FaultMatrix.row(23)
                  .with(FAILURE, "the clock steps back a day in the migrations", "success"),
              () -> succeedsWhenSet("v0.5.2-back", "-1d")),
          new Injected(
              FaultMatrix.row(27)
                  .with(
                      FAILURE,
                      "the clock steps back, then the script fails",
                      "rolled_back, migration_failed"),
              ClockFaultsIT::backAndThenItFails));

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
      Optional<Path> library = library();
      assumeTrue(library.isPresent(), "libfaketime is installed");
      world =
          World.start(
              directory,
              EngineKind.EMBEDDED,
              sandbox -> sandbox.tenants(1).rows(100).timeout("health_window", "1s"));
      new Apps(world.calls()).addUnrehearsed("unrehearsed");
      new Apps(world.calls()).use(world.sandbox().tenant(TENANT), "unrehearsed");
      set("+0s");
      world.restartWorker(
          Map.of(),
          Map.of(
              "LD_PRELOAD",
              library.orElseThrow().toString(),
              "FAKETIME_TIMESTAMP_FILE",
              clock().toString(),
              "FAKETIME_CACHE_DURATION",
              "1",
              "FAKETIME_DONT_FAKE_MONOTONIC",
              "1",
              // Without it every wait of the JVM ends at once and is begun again.
              "FAKETIME_FORCE_MONOTONIC_FIX",
              "0"));
    }
    return world;
  }

  private static Optional<Path> library() throws IOException {
    try (Stream<Path> files =
        Files.find(
            LIBRARIES,
            3,
            (file, is) -> file.getFileName().toString().equals("libfaketimeMT.so.1"))) {
      return files.findFirst();
    }
  }

  private static Path clock() {
    return directory.resolve("clock");
  }

  /**
   * @param difference to the clock of this machine
   */
  private static void set(String difference) throws IOException {
    Files.writeString(clock(), difference + "\n");
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
      world = null;
    }
  }

  private static Trial trial() throws Exception {
    set("+0s");
    return Trial.of(world(), TENANT);
  }

  private static String backBeforeTheBackup() throws Exception {
    Trial trial = trial();
    String tag = slow("v0.5.0-earlier");
    trial.start(tag);
    trial.await(Event.INTENT, Step.STOP_SERVICES, Direction.FORWARD);
    set("-3h");
    return trial.succeeded(tag);
  }

  private static String succeedsWhenSet(String tag, String difference) throws Exception {
    Trial trial = trial();
    trial.start(slow(tag));
    trial.await(Event.INTENT, Step.RUN_MIGRATIONS, Direction.FORWARD);
    set(difference);
    String seen = trial.succeeded(tag);
    long downtimeMillis = trial.report().path("downtime_ms").asLong();
    assertThat(downtimeMillis)
        .as("what lasted is not measured by that clock")
        .isBetween(1L, Trial.PATIENCE.toMillis());
    return seen;
  }

  private static String backAndThenItFails() throws Exception {
    Trial trial = trial();
    String tag =
        new BadReleases(world().sandbox().upstream())
            .migrating("v0.5.3-fails", "import time\ntime.sleep(3)\nraise SystemExit('no')\n");
    trial.start(tag);
    trial.await(Event.INTENT, Step.RUN_MIGRATIONS, Direction.FORWARD);
    set("-3h");
    return trial.rolledBack("migration_failed");
  }

  /** Its last script works for longer than it takes a process to notice its new clock. */
  private static String slow(String tag) throws Exception {
    return new BadReleases(world().sandbox().upstream())
        .migrating(tag, "import time\ntime.sleep(3)\n");
  }
}
