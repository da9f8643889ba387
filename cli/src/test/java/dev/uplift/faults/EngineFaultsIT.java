package dev.uplift.faults;

import static dev.uplift.faults.FaultCase.derived;
import static dev.uplift.faults.FaultCase.ofRow;
import static dev.uplift.faults.Injection.FAILURE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.engine.Engine;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.Calls;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.SlowMigration;
import dev.uplift.scenario.TenantFacts;
import dev.uplift.scenario.Wire;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
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

/** A host with a tenant in cutover to which nobody speaks any more. */
@Tag("faults")
class EngineFaultsIT {
  private static final Duration LEASE = Duration.ofSeconds(8);
  private static final Duration MIGRATION = Duration.ofSeconds(4);

  private static final List<Injected> ALL =
      List.of(
          new Injected(
              ofRow(
                  46,
                  "the engine is killed and away for longer than the lease",
                  FAILURE,
                  "rolled_back, turned_back"),
              EngineFaultsIT::engineAwayForLong),
          new Injected(
              ofRow(46, "the engine is killed and back at once", FAILURE, "success"),
              EngineFaultsIT::engineAwayForShort),
          new Injected(
              ofRow(46, "the network is cut for longer than the lease", FAILURE, "rolled_back"),
              EngineFaultsIT::networkAway),
          new Injected(
              ofRow(
                  46,
                  "the only worker for workflows is killed, the engine lives",
                  FAILURE,
                  "rolled_back, turned_back"),
              EngineFaultsIT::workflowWorkerDead),
          new Injected(
              ofRow(46, "the run is terminated in the Temporal UI", FAILURE, "rolled_back"),
              EngineFaultsIT::runTerminated),
          new Injected(
              derived("two machines have one host name", FAILURE, "rejected"),
              EngineFaultsIT::twoMachines));

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
              LEASE,
              sandbox -> sandbox.tenants(2).rows(200).timeout("health_window", "1s"));
      new Apps(world.calls()).addUnrehearsed("unrehearsed");
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

  /** An upgrade of a tenant, in the middle of its migrations. */
  private static Trial inMigration(String tenant, String tag) throws Exception {
    Trial trial = Trial.of(world(), tenant);
    new Apps(world.calls()).use(trial.tenant(), "unrehearsed");
    SlowMigration migration =
        SlowMigration.addTo(world.sandbox().upstream(), tag, MIGRATION, directory);
    trial.start(migration.tag());
    migration.awaitBegun(Trial.PATIENCE);
    return trial;
  }

  /** Without anybody's help. */
  private static void awaitTurnedBackByHost(Trial trial) throws Exception {
    Eventually.within(
        Trial.PATIENCE, "the host has settled it", () -> trial.host().isOver(trial.upgradeId()));
    assertThat(trial.event("BACK").orElseThrow().get("value").asText())
        .isEqualTo("host, which heard nothing");
    trial.requireAsBefore();
  }

  private static String engineAwayForLong() throws Exception {
    Trial trial = inMigration("testsite", "v0.5.0-engine-long");
    world.killEngine();
    try {
      awaitTurnedBackByHost(trial);
    } finally {
      world.startEngine();
    }
    return trial.rolledBack("turned_back");
  }

  private static String engineAwayForShort() throws Exception {
    Trial trial = inMigration("acme", "v0.5.0-engine-short");
    world.killEngine();
    world.startEngine();
    String seen = trial.succeeded("v0.5.0-engine-short");
    assertThat(TenantFacts.hasColumn(trial.tenant(), "person", "score")).isTrue();
    return seen;
  }

  private static String networkAway() throws Exception {
    String[] parts = world().engineAddress().target().split(":");
    try (Wire wire = new Wire("127.0.0.1", Integer.parseInt(parts[1]))) {
      world.restartWorker(Map.of("uplift.engine.target", "127.0.0.1:" + wire.port()));
      Trial trial = inMigration("testsite", "v0.5.0-network");
      wire.close();
      awaitTurnedBackByHost(trial);
      wire.mend();
      return trial.rolledBack("turned_back");
    } finally {
      world.restartWorker(Map.of());
    }
  }

  private static String workflowWorkerDead() throws Exception {
    world().restartWorker(Map.of("uplift.roles", "host"));
    Process workflows = world.startSecondWorker(Map.of("uplift.roles", "workflows"));
    try {
      Trial trial = inMigration("testsite", "v0.5.0-workflows");
      workflows.destroyForcibly().waitFor();
      awaitTurnedBackByHost(trial);
      workflows = world.startSecondWorker(Map.of("uplift.roles", "workflows"));
      return trial.rolledBack("turned_back");
    } finally {
      World.end(workflows);
      world.restartWorker(Map.of());
    }
  }

  private static String runTerminated() throws Exception {
    Trial trial = inMigration("testsite", "v0.5.0-terminated");
    try (Engine engine = Engine.at(world.engineAddress(), "test")) {
      engine.client().newUntypedWorkflowStub("upgrade/" + trial.tenant().id()).terminate("a test");
    }
    awaitTurnedBackByHost(trial);
    String path = "/api/upgrades/" + trial.upgradeId();
    Eventually.within(
        Trial.PATIENCE,
        "the ledger knows that it is over",
        () -> !world.calls().get(path).body().path("status").asText().equals("running"));
    return "rolled_back by the host; the ledger says "
        + world.calls().get(path).body().path("status").asText();
  }

  private static String twoMachines() throws Exception {
    Aftermath aftermath = Aftermath.before(Machine.of(world()), world.sandbox().tenant("testsite"));
    Path id = Files.writeString(directory.resolve("machine-id"), "0123456789abcdef".repeat(2));
    Process second = world.startSecondWorker(Map.of("uplift.host.machine-id-file", id));
    try {
      Calls.Answer[] answer = new Calls.Answer[1];
      Eventually.within(
          Trial.PATIENCE,
          "the second machine is seen",
          () -> {
            answer[0] = world.calls().upgrade("testsite", "{\"target_version\":\"v9.9.9\"}");
            return answer[0].status() == 409;
          });
      assertThat(answer[0].body().path("type").asText()).endsWith(":wrong-host");
      assertThat(answer[0].body().path("machines")).hasSize(2);
      aftermath.requireUntouched();
      return "rejected, 409 with both machines";
    } finally {
      World.end(second);
    }
  }
}
