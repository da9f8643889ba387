package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.host.HostPaths;
import dev.uplift.sandbox.Sandbox;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.FleetOfHosts.Told;
import dev.uplift.scenario.World.CommandOutput;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rollouts over three hosts, with {@code uplift rollout} as people use it. */
@Timeout(600)
class RolloutIT {
  /** 30 tenants in all with {@code -Dfleet.tenants=10}. */
  private static final int TENANTS_EACH = Integer.getInteger("fleet.tenants", 3);

  private static final Duration AT_ONCE = Duration.ZERO;
  private static final Duration LEDGER_LEARNS_WITHIN = Duration.ofSeconds(40);
  @TempDir static Path directory;
  private static FleetOfHosts fleet;

  @BeforeAll
  static void startFleet() throws Exception {
    assumeTrue(EngineKind.DEV_SERVER.isAvailable(), "there is no temporal program here");
    fleet = FleetOfHosts.of(TENANTS_EACH, directory, EngineKind.DEV_SERVER);
    fleet.rehearseNothing();
  }

  @AfterAll
  static void endFleet() {
    if (fleet != null) {
      fleet.close();
    }
  }

  @Test
  void oneCommandUpgradesTheFleet() throws Exception {
    String tag = fleet.release(AT_ONCE);

    Told told = fleet.rollout("start", "--to", tag, "--watch", "--json");

    assertThat(told.exitCode()).as("%s", told).isZero();
    assertThat(told.status()).isEqualTo("success");
    assertThat(told.count("success")).isEqualTo(3 * TENANTS_EACH);
    List<String> waves = told.rollout().path("waves").findValuesAsText("name");
    assertThat(waves).containsExactly("test", "canary", "the others");
    for (SandboxTenant tenant : fleet.tenants()) {
      fleet.requireUpgraded(tenant, tag);
      assertThat(fleet.upgradesTo(tenant, tag, LEDGER_LEARNS_WITHIN)).containsExactly("success");
    }
  }

  @Test
  void theWavesAreThoseThatAreAskedFor() throws Exception {
    String last = fleet.tenants().get(3 * TENANTS_EACH - 1).id().value();
    List<String> asked =
        List.of(last, "ring:test", "ring:canary", "ring:production:2", "ring:production");
    List<String> words = new ArrayList<>(List.of("start", "--dry-run", "--json"));
    asked.forEach(wave -> words.addAll(List.of("--wave", wave)));

    Told told = fleet.rollout(words.toArray(String[]::new));

    JsonNode waves = told.rollout().path("waves");
    assertThat(waves.findValuesAsText("name"))
        .containsExactly(
            "wave 1", "wave 2, test", "wave 3, canary", "wave 4, production", "wave 5, production");
    assertThat(waves.valueStream().map(wave -> wave.path("tenants").asInt()))
        .containsExactly(1, 1, 1, 2, 3 * TENANTS_EACH - 5);
    assertThat(told.rollout().path("tenants").path(0).path("tenant").asText()).isEqualTo(last);
  }

  @Test
  void whatAReleaseIsAndNeedsIsBroughtToEachHostOnce() throws Exception {
    String tag = fleet.releaseWithOtherDependencies();
    Map<Sandbox, Long> packs = new HashMap<>();
    for (Sandbox host : fleet.hosts()) {
      packs.put(host, packsOfMirrors(host));
    }

    Told told = fleet.rollout("start", "--to", tag, "--max-concurrency", "9", "--watch", "--json");

    assertThat(told.exitCode()).as("%s", told).isZero();
    for (Sandbox host : fleet.hosts()) {
      // Each fetch that brings something is a pack.
      assertThat(packsOfMirrors(host) - packs.get(host)).as("of %s", host.host()).isOne();
      List<String> staged = new ArrayList<>();
      for (SandboxTenant tenant : host.tenants()) {
        staged.add(fleet.said(tenant, tag, "StageDependencies"));
      }
      assertThat(staged).as("of %s", host.host()).hasSize(TENANTS_EACH);
      assertThat(staged).filteredOn(said -> said.startsWith("Built ")).hasSize(1);
      assertThat(staged).filteredOn(said -> said.startsWith("Found ")).hasSize(TENANTS_EACH - 1);
    }
  }

  private static long packsOfMirrors(Sandbox host) throws IOException {
    Path mirrors = new HostPaths(host.state()).mirrors();
    if (Files.notExists(mirrors)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(mirrors)) {
      return files.filter(file -> file.toString().endsWith(".pack")).count();
    }
  }

  @Test
  @Tag("full")
  void aHostWithoutAWorkerKeepsNobodyElseFromBeingUpgraded() throws Exception {
    String tag = fleet.release(AT_ONCE);
    Calls calls = fleet.world().calls();
    calls.put("/api/hosts/gone", JsonNodeFactory.instance.objectNode());
    ObjectNode stray =
        JsonNodeFactory.instance
            .objectNode()
            .put("app", "unrehearsed")
            .put("host", "gone")
            .put("path", "/srv/stranded");
    stray.putObject("ports").put("api", 1).put("frontend", 2).put("metrics", 3);
    Calls.Answer put = calls.put("/api/tenants/stranded", stray);
    assertThat(put.status()).as("%s", put).isEqualTo(201);
    try {
      Told told = fleet.rollout("start", "--to", tag, "--watch", "--json");

      assertThat(told.exitCode()).as("%s", told).isEqualTo(3);
      assertThat(told.count("success")).isEqualTo(3 * TENANTS_EACH);
      assertThat(told.count("away")).isOne();
      JsonNode stranded =
          told.rollout()
              .path("tenants")
              .valueStream()
              .filter(one -> one.path("tenant").asText().equals("stranded"))
              .findFirst()
              .orElseThrow();
      assertThat(stranded.path("message").asText())
          .isEqualTo("Host gone has no worker: is uplift-worker running there?");
    } finally {
      assertThat(calls.delete("/api/tenants/stranded").status()).isEqualTo(204);
      assertThat(calls.delete("/api/hosts/gone").status()).isEqualTo(204);
    }
  }

  @Test
  void oneTenantThatFailsHaltsItOrNotAndRetryTriesOnlyThatOne() throws Exception {
    String tag = fleet.release(AT_ONCE);
    SandboxTenant poisoned = last();
    fleet.poison(poisoned);
    TenantFacts before = TenantFacts.of(poisoned);

    Told told =
        fleet.rollout("start", "--to", tag, "--on-failure", "continue", "--watch", "--json");

    assertThat(told.exitCode()).as("%s", told).isEqualTo(3);
    assertThat(told.status()).isEqualTo("partial");
    assertThat(told.count("success")).isEqualTo(3 * TENANTS_EACH - 1);
    assertThat(told.count("rolled_back")).isEqualTo(1);
    assertThat(TenantFacts.of(poisoned)).isEqualTo(before);
    assertThat(TenantFacts.isHealthy(poisoned)).isTrue();
    for (SandboxTenant tenant : fleet.tenants()) {
      if (!tenant.equals(poisoned)) {
        fleet.requireUpgraded(tenant, tag);
      }
    }

    fleet.cure(poisoned);
    Told retried = fleet.rollout("retry", told.id(), "--watch", "--json");

    assertThat(retried.exitCode()).as("%s", retried).isZero();
    assertThat(retried.rollout().path("tenants").findValuesAsText("tenant"))
        .containsExactly(poisoned.id().value());
    assertThat(retried.rollout().path("retry_of").asText()).isEqualTo(told.id());
    fleet.requireUpgraded(poisoned, tag);
    assertThat(fleet.upgradesTo(poisoned, tag, LEDGER_LEARNS_WITHIN))
        .containsExactly("success", "rolled_back");
  }

  @Test
  @Tag("full")
  void aFailureInProductionHaltsItWhereItIs() throws Exception {
    String tag = fleet.release(AT_ONCE);
    SandboxTenant poisoned = fleet.others().get(0).sandbox().tenants().get(0);
    fleet.poison(poisoned);
    try {
      Told told =
          fleet.rollout("start", "--to", tag, "--max-concurrency", "1", "--watch", "--json");

      assertThat(told.exitCode()).as("%s", told).isEqualTo(4);
      assertThat(told.rollout().at("/progress/halt/rule").asText()).isEqualTo("max_failures");
      assertThat(told.rollout().at("/progress/halt/tenants/0").asText())
          .isEqualTo(poisoned.id().value());
      for (JsonNode tenant : told.rollout().path("tenants")) {
        boolean touched = tenant.has("outcome");
        assertThat(
                fleet.upgradesTo(
                    fleet.named(tenant.path("tenant").asText()), tag, LEDGER_LEARNS_WITHIN))
            .hasSize(touched ? 1 : 0);
      }
      CommandOutput aborted = fleet.world().uplift("rollout", "abort", told.id());
      assertThat(aborted.exitCode()).as(aborted.text()).isZero();
      assertThat(fleet.rollout("watch", told.id(), "--json").exitCode()).isEqualTo(5);
    } finally {
      fleet.cure(poisoned);
    }
  }

  @Test
  void aBrokenCanaryKeepsProductionUntouched() throws Exception {
    String tag = fleet.release(AT_ONCE);
    SandboxTenant canary = fleet.world().sandbox().tenant("acme");
    fleet.poison(canary);
    try {
      Map<SandboxTenant, TenantFacts> production = new HashMap<>();
      for (SandboxTenant tenant : fleet.tenants()) {
        if (tenant.tenant().ring().equals("production")) {
          production.put(tenant, TenantFacts.of(tenant));
        }
      }

      Told told = fleet.rollout("start", "--to", tag, "--watch", "--json");

      assertThat(told.exitCode()).as("%s", told).isEqualTo(4);
      assertThat(told.count("success")).as("the test ring").isEqualTo(1);
      assertThat(told.count("rolled_back")).as("the canary").isEqualTo(1);
      assertThat(production).hasSize(3 * TENANTS_EACH - 2);
      for (Map.Entry<SandboxTenant, TenantFacts> untouched : production.entrySet()) {
        assertThat(TenantFacts.of(untouched.getKey())).isEqualTo(untouched.getValue());
        assertThat(fleet.upgradesTo(untouched.getKey(), tag, LEDGER_LEARNS_WITHIN)).isEmpty();
      }
      fleet.world().uplift("rollout", "abort", told.id());
      fleet.rollout("watch", told.id(), "--json");
    } finally {
      fleet.cure(canary);
    }
  }

  private static SandboxTenant last() {
    List<SandboxTenant> tenants = fleet.tenants();
    return tenants.get(tenants.size() - 1);
  }
}
