package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A worker that is told to stop while one tenant is in a long migration: what becomes of the
 * others, of those that come, and of the worker that replaces it.
 */
@Tag("full")
@Timeout(240)
class DrainingWorkerIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Map<String, ?> DRAIN = Map.of("uplift.drain", "3m");
  private static final String TO_LATEST = "{\"target_version\":\"v0.3.0\"}";
  @TempDir Path directory;
  private World world;
  private SandboxTenant slow;
  private SandboxTenant other;
  private SlowMigration migration;

  private void start(EngineKind kind, Duration lease, Duration migrates) throws Exception {
    startWorld(kind, lease);
    migration = SlowMigration.addTo(world.sandbox().upstream(), "v0.3.1-slow", migrates, directory);
  }

  /** The slow one is in its migration until {@link #letGo}, whatever all else takes. */
  private void startWithMigrationThatWaits() throws Exception {
    startWorld(EngineKind.EMBEDDED, Duration.ofMinutes(2));
    migration = SlowMigration.addTo(world.sandbox().upstream(), "v0.3.1-slow", go(), directory);
  }

  private void startWorld(EngineKind kind, Duration lease) throws Exception {
    world =
        World.start(
            directory.resolve("world"),
            kind,
            lease,
            sandbox -> sandbox.tenants(2).rows(20).timeout("health_window", "1s"));
    world.restartWorker(DRAIN);
    slow = world.sandbox().tenants().get(0);
    other = world.sandbox().tenants().get(1);
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    apps.use(slow, "unrehearsed");
  }

  private Path go() {
    return directory.resolve("go");
  }

  private void letGo() throws IOException {
    Files.write(go(), new byte[0]);
  }

  @AfterEach
  void endWorld() throws IOException {
    // Nobody else would end a migration that a failed test has left waiting.
    letGo();
    if (world != null) {
      world.close();
    }
  }

  private CompletableFuture<Calls.Answer> slowUpgradeInItsMigration() throws Exception {
    CompletableFuture<Calls.Answer> upgrade =
        world.calls().upgradeInBackground(slow.id().value(), migration.request());
    migration.awaitBegun(PATIENCE);
    return upgrade;
  }

  @Test
  void bringsToAnEndEveryCutoverThatHasBegun() throws Exception {
    startWithMigrationThatWaits();
    CompletableFuture<Calls.Answer> slowUpgrade = slowUpgradeInItsMigration();
    CompletableFuture<Calls.Answer> upgrade =
        world.calls().upgradeInBackground(other.id().value(), TO_LATEST);
    HostFacts host = new HostFacts(world.sandbox(), other);
    Eventually.within(PATIENCE, "it is in cutover", () -> !host.openJournals().isEmpty());

    Process worker = world.drainWorker();
    assertThat(upgrade).as("it does not wait for the other").succeedsWithin(PATIENCE);
    requireSuccess(upgrade.get());
    assertThat(worker.isAlive()).isTrue();
    letGo();
    requireEnded(worker);
    assertThat(migration.times("ended")).isEqualTo(1);
    assertThat(TenantFacts.isHealthy(slow)).isTrue();
    assertThat(new HostFacts(world.sandbox(), slow).openJournals()).isEmpty();
    // What is left is to say how it ended.
    world.startWorker(DRAIN);
    requireSuccess(slowUpgrade.get());
    assertThat(migration.times("begun")).isEqualTo(1);
  }

  @Test
  void preparesWhatComesAndLeavesItsCutoverToTheNextWorker() throws Exception {
    startWithMigrationThatWaits();
    CompletableFuture<Calls.Answer> slowUpgrade = slowUpgradeInItsMigration();
    List<Long> processes = TenantFacts.processIds(other, world.sandbox().services());

    Process worker = world.drainWorker();
    awaitDraining();
    CompletableFuture<Calls.Answer> upgrade = prepared();
    letGo();
    requireEnded(worker);

    assertThat(TenantFacts.processIds(other, world.sandbox().services())).isEqualTo(processes);
    assertThat(TenantFacts.isHealthy(other)).isTrue();
    assertThat(new HostFacts(world.sandbox(), other).openJournals()).isEmpty();
    world.startWorker(DRAIN);
    requireSuccess(upgrade.get());
    requireSuccess(slowUpgrade.get());
  }

  @Test
  void handsOverWhatIsBeingPrepared() throws Exception {
    start(EngineKind.EMBEDDED, Duration.ofMinutes(2), Duration.ofSeconds(1));
    String script = "scripts/rest.py";
    world
        .sandbox()
        .upstream()
        .addRelease(
            "v0.3.2-long",
            "v0.3.0",
            Map.of(
                "VERSION",
                "v0.3.2-long\n",
                script,
                "import time\ntime.sleep(40)\n",
                "uplift.yml",
                SlowMigration.profileWith(script)));
    CompletableFuture<Calls.Answer> upgrade =
        world
            .calls()
            .upgradeInBackground(other.id().value(), "{\"target_version\":\"v0.3.2-long\"}");
    awaitStep("RehearseMigrations");
    long began = System.nanoTime();
    requireEnded(world.drainWorker());

    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .as("it did not wait for the rehearsal")
        .isLessThan(Duration.ofSeconds(38));
    world.startWorker(DRAIN);
    Calls.Answer answer = upgrade.get();
    requireSuccess(answer);
    assertThat(answer.report().get("steps").findValuesAsText("name"))
        .as("it is one rehearsal in the report")
        .containsOnlyOnce("RehearseMigrations");
  }

  @Test
  void whatAnotherMachineWouldGoOnWithIsRejectedAndUntouched() throws Exception {
    startWithMigrationThatWaits();
    slowUpgradeInItsMigration();
    List<Long> processes = TenantFacts.processIds(other, world.sandbox().services());
    TenantFacts before = TenantFacts.of(other);

    Process worker = world.drainWorker();
    awaitDraining();
    CompletableFuture<Calls.Answer> upgrade = prepared();
    letGo();
    requireEnded(worker);
    world.startWorker(anotherMachine());
    Calls.Answer answer = upgrade.get();

    assertThat(answer.status()).as("%s", answer).isEqualTo(422);
    JsonNode report = answer.report();
    assertThat(report.get("status").asText()).isEqualTo("rejected");
    assertThat(report.at("/failure/kind").asText()).isEqualTo("wrong_host");
    assertThat(report.at("/failure/step").asText()).isEqualTo("StopServices");
    assertThat(report.at("/failure/advice").asText()).contains("its own uplift.host.name");
    assertThat(TenantFacts.of(other)).isEqualTo(before);
    assertThat(TenantFacts.processIds(other, world.sandbox().services())).isEqualTo(processes);
  }

  /** The lease is shorter than the migration: nothing but the locks tells of the other worker. */
  @Test
  void isNotDisturbedByTheNextWorkerBesideIt() throws Exception {
    start(EngineKind.EMBEDDED, Duration.ofSeconds(15), Duration.ofSeconds(20));
    CompletableFuture<Calls.Answer> slowUpgrade = slowUpgradeInItsMigration();

    Process worker = world.replaceWorker(DRAIN);
    requireSuccess(slowUpgrade.get());

    requireEnded(worker);
    assertThat(migration.times("begun")).isEqualTo(1);
    assertThat(migration.times("ended")).isEqualTo(1);
    assertThat(world.log("worker")).doesNotContain("settling");
  }

  @Test
  void twoMachinesWithOneNameAreRefusedBeforeAnythingIsStarted() throws Exception {
    assumeTrue(EngineKind.DEV_SERVER.isAvailable(), "there is no temporal program");
    start(EngineKind.DEV_SERVER, Duration.ofMinutes(2), Duration.ofSeconds(1));
    List<Long> processes = TenantFacts.processIds(other, world.sandbox().services());
    TenantFacts before = TenantFacts.of(other);
    world.startSecondWorker(anotherMachine());
    Calls.Answer[] answer = new Calls.Answer[1];
    Eventually.within(
        PATIENCE,
        "the second machine is seen",
        () -> {
          answer[0] = world.calls().upgrade(other.id().value(), "{\"target_version\":\"v9.9.9\"}");
          return answer[0].status() == 409;
        });

    JsonNode problem = answer[0].body();
    assertThat(problem.get("type").asText()).as("%s", problem).endsWith(":wrong-host");
    assertThat(problem.get("machines")).hasSize(2);
    assertThat(problem.get("detail").asText())
        .contains(
            problem.at("/machines/0").asText(),
            problem.at("/machines/1").asText(),
            "uplift.host.name");
    assertThat(TenantFacts.of(other)).isEqualTo(before);
    assertThat(TenantFacts.processIds(other, world.sandbox().services())).isEqualTo(processes);
  }

  private void awaitDraining() throws Exception {
    // The one that the world began with has drained before.
    Eventually.within(
        PATIENCE, "it drains", () -> world.log("worker").split("draining", -1).length == 3);
  }

  /** By itself, with all its steps. */
  private void requireEnded(Process worker) throws Exception {
    assertThat(worker.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(world.log("worker")).doesNotContain("drained: false");
  }

  /** An upgrade of the other tenant that waits for its cutover. */
  private CompletableFuture<Calls.Answer> prepared() throws Exception {
    String tenant = other.id().value();
    CompletableFuture<Calls.Answer> upgrade = world.calls().upgradeInBackground(tenant, TO_LATEST);
    awaitStep("StopServices");
    return upgrade;
  }

  private void awaitStep(String step) throws Exception {
    String running = "/api/upgrades?status=running&tenant=" + other.id();
    Eventually.within(
        PATIENCE,
        "it has come to " + step,
        () -> {
          String id = world.calls().get(running).body().at("/upgrades/0/upgrade_id").asText();
          JsonNode steps = world.calls().get("/api/upgrades/" + id).body().path("steps");
          return steps.findValuesAsText("name").contains(step);
        });
  }

  private Map<String, ?> anotherMachine() throws Exception {
    Path id = Files.writeString(directory.resolve("machine-id"), "0123456789abcdef".repeat(2));
    return Map.of("uplift.drain", "3m", "uplift.host.machine-id-file", id);
  }

  private static void requireSuccess(Calls.Answer answer) {
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    assertThat(answer.report().get("status").asText()).isEqualTo("success");
  }
}
