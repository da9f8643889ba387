package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An engine, or an API, that goes away while a tenant is down: the tenant comes back, and what
 * became of it is told.
 */
@Tag("full")
@Timeout(400)
class LostEngineIT {
  private static final Duration UNTIL_CUTOVER = Duration.ofSeconds(90);
  private static final Duration LEASE = Duration.ofSeconds(10);

  /** The engine is back before that is over, however busy the machine is. */
  private static final Duration LONG_LEASE = Duration.ofSeconds(90);

  private static final Duration UNTIL_SETTLED = Duration.ofMinutes(2);
  private static final Duration MIGRATION = Duration.ofSeconds(4);
  private static final String TENANT = "testsite";
  @TempDir Path directory;
  private World world;
  private SandboxTenant tenant;
  private HostFacts host;
  private SlowMigration migration;

  private void start(EngineKind kind) throws Exception {
    start(kind, LEASE);
  }

  private void start(EngineKind kind, Duration lease) throws Exception {
    assumeTrue(kind.isAvailable(), "there is no temporal program on this machine");
    world =
        World.start(
            directory.resolve("world"),
            kind,
            lease,
            sandbox -> sandbox.tenants(1).rows(200).timeout("health_window", "1s"));
    tenant = world.sandbox().tenant(TENANT);
    host = new HostFacts(world.sandbox(), tenant);
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    apps.use(tenant, "unrehearsed");
    migration =
        SlowMigration.addTo(world.sandbox().upstream(), "v0.3.1-slow", MIGRATION, directory);
  }

  @AfterEach
  void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  void aHostWhoseEngineIsGoneForGoodTurnsBackByItself() throws Exception {
    start(EngineKind.EMBEDDED);
    TenantFacts before = TenantFacts.of(tenant);
    CompletableFuture<Calls.Answer> upgrade =
        world.calls().upgradeInBackground(TENANT, migration.request());
    migration.awaitBegun(UNTIL_CUTOVER);
    String id = idInOpenJournal();

    world.killEngine();
    requireTurnedBackByHost(id, before);
    Calls.Answer told = upgrade.get();
    assertThat(told.status()).as("%s", told).isEqualTo(503);
    assertThat(told.body().get("upgrade_id").asText()).isEqualTo(id);

    // The new engine knows nothing of that run.
    world.startEngine();
    Eventually.within(
        UNTIL_SETTLED,
        "the API knows that the run is lost",
        () ->
            world.calls().get("/api/upgrades/" + id).body().path("status").asText().equals("lost"));
    // Whoever replaces an engine by an empty one starts the API again: it makes the engine ready.
    world.killApi();
    world.startApi();
    world.awaitApi();
    Calls.Answer again = upgradeWhenTheWorkerIsBack("{\"target_version\":\"v0.3.0\"}");
    assertThat(again.status()).as("%s", again).isEqualTo(200);
    assertThat(TenantFacts.of(tenant).commit())
        .isEqualTo(world.sandbox().upstream().commitOf("v0.3.0"));
  }

  @Test
  void aWorkflowWhoseEngineWasAwayForShortGoesOn() throws Exception {
    start(EngineKind.DEV_SERVER, LONG_LEASE);
    String location = world.calls().startUpgrade(TENANT, migration.request());
    migration.awaitBegun(UNTIL_CUTOVER);

    world.killEngine();
    world.startEngine();
    JsonNode state = awaitOutcome(location);

    assertThat(state.get("status").asText()).as("%s", state).isEqualTo("success");
    assertThat(state.at("/report/new_version").asText()).isEqualTo(migration.tag());
    assertThat(TenantFacts.of(tenant).commit())
        .isEqualTo(world.sandbox().upstream().commitOf(migration.tag()));
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
    assertThat(TenantFacts.hasColumn(tenant, "person", "score")).isTrue();
    assertThat(migration.times("beside")).isZero();
    assertThat(HostFacts.event(host.closedJournal(idIn(location)), "COMMITTED")).isPresent();
  }

  @Test
  void aWorkflowWhoseEngineWasAwayForLongAcceptsWhatTheHostDid() throws Exception {
    start(EngineKind.DEV_SERVER);
    TenantFacts before = TenantFacts.of(tenant);
    String location = world.calls().startUpgrade(TENANT, migration.request());
    migration.awaitBegun(UNTIL_CUTOVER);

    world.killEngine();
    requireTurnedBackByHost(idIn(location), before);
    List<Long> processes = TenantFacts.processIds(tenant, world.sandbox().services());
    world.startEngine();
    JsonNode state = awaitOutcome(location);

    assertThat(state.get("status").asText()).as("%s", state).isEqualTo("rolled_back");
    JsonNode report = state.get("report");
    assertThat(report.at("/failure/kind").asText()).as("%s", report).isEqualTo("turned_back");
    assertThat(report.at("/failure/message").asText()).contains("host, which heard nothing");
    assertThat(report.at("/fingerprints/equal").asBoolean()).isTrue();
    assertThat(TenantFacts.of(tenant)).isEqualTo(before);
    assertThat(TenantFacts.processIds(tenant, world.sandbox().services())).isEqualTo(processes);
  }

  @Test
  void anUpgradeEndsWithoutTheApiWhichLearnsOfItWhenItIsBack() throws Exception {
    start(EngineKind.EMBEDDED);
    String location = world.calls().startUpgrade(TENANT, migration.request());
    migration.awaitBegun(UNTIL_CUTOVER);

    world.killApi();
    Eventually.within(UNTIL_SETTLED, "the upgrade is over", () -> host.isOver(idIn(location)));
    world.startApi();
    world.awaitApi();
    JsonNode state = awaitOutcome(location);

    assertThat(state.get("status").asText()).as("%s", state).isEqualTo("success");
    assertThat(state.at("/report/new_version").asText()).isEqualTo(migration.tag());
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
    JsonNode latest = world.calls().get("/api/upgrades?tenant=" + TENANT).body().at("/upgrades/0");
    assertThat(latest.get("upgrade_id").asText()).isEqualTo(idIn(location));
    assertThat(latest.get("status").asText()).isEqualTo("success");
  }

  private void requireTurnedBackByHost(String id, TenantFacts before) throws Exception {
    Eventually.within(UNTIL_SETTLED, "the host has settled it", () -> host.isOver(id));
    List<JsonNode> journal = host.closedJournal(id);
    assertThat(HostFacts.event(journal, "RESTORED")).isPresent();
    assertThat(HostFacts.event(journal, "BACK").orElseThrow().get("value").asText())
        .isEqualTo("host, which heard nothing");
    assertThat(TenantFacts.of(tenant)).isEqualTo(before);
    assertThat(TenantFacts.hasColumn(tenant, "person", "score")).isFalse();
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
    assertThat(host.isCommandLockHeld()).isFalse();
    assertThat(host.scratch()).isEmpty();
  }

  private String idInOpenJournal() {
    return host.openJournal().get(0).at("/input/plan/upgradeId").asText();
  }

  private static String idIn(String location) {
    return location.substring(location.lastIndexOf('/') + 1);
  }

  private JsonNode awaitOutcome(String location) throws Exception {
    JsonNode[] state = new JsonNode[1];
    Eventually.within(
        UNTIL_SETTLED,
        "the ledger has the outcome of " + location,
        () -> {
          Calls.Answer answer = world.calls().get(location);
          state[0] = answer.body();
          return answer.status() == 200 && !state[0].get("status").asText().equals("running");
        });
    return state[0];
  }

  private Calls.Answer upgradeWhenTheWorkerIsBack(String request) throws Exception {
    Calls.Answer[] answer = new Calls.Answer[1];
    Eventually.within(
        UNTIL_SETTLED,
        "an upgrade is carried out again",
        () -> {
          answer[0] = world.calls().upgrade(TENANT, request);
          return answer[0].status() != 503;
        });
    return answer[0];
  }
}
