package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Upgrades through the production engine: what is behind it fails, and no upgrade does. */
@Tag("full")
@Timeout(900)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ProductionStackIT {
  private static final int TENANTS = 10;
  private static final Duration OUTAGE = Duration.ofMinutes(1);
  private static final Duration MIGRATION = Duration.ofSeconds(4);
  private static final Duration UNTIL_SETTLED = Duration.ofMinutes(8);
  private static final Duration UNTIL_CUTOVER = Duration.ofMinutes(3);
  private static final String TO_LATEST = "{\"target_version\":\"v0.3.0\"}";

  @TempDir static Path directory;
  private static World world;

  @BeforeAll
  static void startWorld() throws Exception {
    assumeTrue(
        EngineKind.PRODUCTION.isAvailable(),
        "needs PostgreSQL and the programs of a Temporal cluster, see .ci/run");
    world =
        World.start(
            directory,
            EngineKind.PRODUCTION,
            sandbox -> sandbox.tenants(TENANTS + 1).rows(20).timeout("health_window", "1s"));
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  @Order(1)
  void tenUpgradesAreCarriedOutOnceEachAlthoughTheServerIsKilledAmongThem() throws Exception {
    List<SandboxTenant> tenants = world.sandbox().tenants().subList(0, TENANTS);
    Map<SandboxTenant, String> upgrades = new HashMap<>();
    for (SandboxTenant tenant : tenants) {
      upgrades.put(tenant, world.calls().startUpgrade(tenant.id().value(), TO_LATEST));
    }
    Eventually.within(
        UNTIL_CUTOVER,
        "some tenant is in cutover",
        () -> tenants.stream().anyMatch(tenant -> !host(tenant).openJournal().isEmpty()));

    world.killEngine();
    world.startEngine();

    for (SandboxTenant tenant : tenants) {
      JsonNode state = awaitOutcome(upgrades.get(tenant));
      assertThat(state.get("status").asText())
          .as("%s: %s", tenant.id(), state)
          .isEqualTo("success");
      assertThat(TenantFacts.of(tenant).commit())
          .isEqualTo(world.sandbox().upstream().commitOf("v0.3.0"));
      assertThat(TenantFacts.isHealthy(tenant)).isTrue();
      JsonNode entries =
          world.calls().get("/api/upgrades?tenant=" + tenant.id()).body().get("upgrades");
      assertThat(entries).as("the ledger's entries of %s", tenant.id()).hasSize(1);
      String id = state.get("upgrade_id").asText();
      assertThat(host(tenant).closedJournal(id))
          .as("the journal of %s", tenant.id())
          .filteredOn(line -> line.get("event").asText().equals("COMMITTED"))
          .hasSize(1);
    }
  }

  @Test
  @Order(2)
  void anUpgradeOutlastsAMinuteWithoutPostgresql() throws Exception {
    SandboxTenant tenant = world.sandbox().tenants().get(TENANTS);
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    apps.use(tenant, "unrehearsed");
    SlowMigration migration =
        SlowMigration.addTo(world.sandbox().upstream(), "v0.3.1-slow", MIGRATION, directory);
    String location = world.calls().startUpgrade(tenant.id().value(), migration.request());
    migration.awaitBegun(UNTIL_CUTOVER);

    world.stack().postgres().stop();
    Instant back = Instant.now().plus(OUTAGE);
    while (Instant.now().isBefore(back)) {
      Calls.Answer refused = world.calls().get("/api/tenants");
      assertThat(refused.status()).as("%s", refused).isEqualTo(503);
      assertThat(refused.body().get("type").asText()).endsWith(":registry-away");
      assertThat(refused.body().get("detail").asText()).contains(world.stack().registryUrl());
    }
    world.stack().postgres().resume();

    JsonNode state = awaitOutcome(location);
    assertThat(state.get("status").asText()).as("%s", state).isEqualTo("success");
    assertThat(state.at("/report/new_version").asText()).isEqualTo(migration.tag());
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
    assertThat(migration.times("beside")).isZero();
  }

  private static HostFacts host(SandboxTenant tenant) {
    return new HostFacts(world.sandbox(), tenant);
  }

  private static JsonNode awaitOutcome(String location) throws Exception {
    JsonNode[] state = new JsonNode[1];
    Eventually.within(
        UNTIL_SETTLED,
        "the ledger has the outcome of " + location,
        () -> {
          Calls.Answer answer = world.calls().get(location);
          state[0] = answer.body();
          return answer.status() == 200 && !state[0].path("status").asText().equals("running");
        });
    return state[0];
  }
}
