package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.engine.Engine;
import dev.uplift.rollout.RolloutWorkflow;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.FleetOfHosts.Told;
import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Something dies in the middle of a rollout. Every tenant ends whole, is upgraded at most once, and
 * what is told of it is so; {@code retry} brings the rest to the release.
 */
@Timeout(600)
@Tag("full")
class RolloutKilledIT {
  private static final int TENANTS_EACH = 2;
  private static final int TENANTS = 3 * TENANTS_EACH;
  private static final Duration MIGRATION = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** What dies with its word may be found out only by the look of the minute after the next. */
  private static final Duration LEDGER_LEARNS_WITHIN = Duration.ofSeconds(130);

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

  private interface Blow {
    void fall(String rollout) throws Exception;
  }

  @Test
  void theApiIsKilled() throws Exception {
    Struck struck =
        strike(
            rollout -> {
              fleet.world().killApi();
              fleet.world().startApi();
              fleet.world().awaitApi();
            });

    assertThat(struck.told().exitCode()).as("%s", struck.told()).isZero();
    assertThat(struck.told().count("success")).isEqualTo(TENANTS);
  }

  @Test
  void theWorkflowWorkerIsKilled() throws Exception {
    strike(
        rollout -> {
          fleet.world().killWorker();
          fleet.world().startWorker();
        });
  }

  @Test
  void theWorkerOfOneHostIsKilled() throws Exception {
    strike(
        rollout -> {
          fleet.others().get(0).killWorker();
          fleet.others().get(0).startWorker();
        });
  }

  @Test
  void theServerIsKilledAndStartedOnItsFile() throws Exception {
    strike(
        rollout -> {
          fleet.world().killEngine();
          fleet.world().startEngine();
        });
  }

  @Test
  void theRolloutIsTerminatedInTheTemporalUi() throws Exception {
    Struck struck = strike(RolloutKilledIT::terminate);

    assertThat(struck.told().exitCode()).as("%s", struck.told()).isEqualTo(5);
    assertThat(struck.told().status()).isEqualTo("aborted");
    assertThat(struck.outcomes().values())
        .as("nobody was started after it")
        .contains("")
        .containsOnly("", "success");
  }

  private static void terminate(String rollout) {
    try (Engine engine = fleet.world().connect()) {
      engine
          .client()
          .newUntypedWorkflowStub(RolloutWorkflow.idFor(UUID.fromString(rollout)))
          .terminate("by hand");
    }
  }

  /**
   * @param outcomes what is told of each tenant; empty if nothing came of one
   */
  private record Struck(Told told, Map<SandboxTenant, String> outcomes) {}

  private static Struck strike(Blow blow) throws Exception {
    String tag = fleet.release(MIGRATION);
    Map<SandboxTenant, TenantFacts> before = new LinkedHashMap<>();
    for (SandboxTenant tenant : fleet.tenants()) {
      before.put(tenant, TenantFacts.of(tenant));
    }
    String rollout =
        fleet
            .rollout(
                "start",
                "--to",
                tag,
                "--on-failure",
                "continue",
                "--max-concurrency",
                "2",
                "--json")
            .rollout()
            .path("id")
            .asText();
    CompletableFuture<Told> watched = watch(rollout);
    Eventually.within(
        PATIENCE,
        "it is in its middle",
        () -> {
          JsonNode state = fleet.world().calls().get("/api/rollouts/" + rollout).body();
          return state.at("/progress/counts/success").asInt() >= 2
              && isInCutover(state.path("under_way"));
        });

    blow.fall(rollout);

    Struck struck = new Struck(watched.get(), new LinkedHashMap<>());
    requireWhole(struck, tag, before);
    requireThatTheRestCanBeDone(rollout, tag, struck.outcomes());
    return struck;
  }

  private static boolean isInCutover(JsonNode underWay) {
    return underWay.findValuesAsText("step").contains("RunMigrations");
  }

  private static CompletableFuture<Told> watch(String rollout) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return fleet.rollout("watch", rollout, "--json");
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static void requireWhole(
      Struck struck, String tag, Map<SandboxTenant, TenantFacts> before) throws Exception {
    Map<String, Integer> counted = new LinkedHashMap<>();
    for (JsonNode told : struck.told().rollout().path("tenants")) {
      SandboxTenant tenant = fleet.named(told.path("tenant").asText());
      String outcome = told.path("outcome").asText("");
      struck.outcomes().put(tenant, outcome);
      switch (outcome) {
        case "success" -> fleet.requireUpgraded(tenant, tag);
        case "rolled_back", "rejected", "" -> {
          assertThat(TenantFacts.of(tenant)).isEqualTo(before.get(tenant));
          assertThat(TenantFacts.isHealthy(tenant)).isTrue();
        }
        default -> throw new AssertionError(tenant.id() + " ended as " + outcome);
      }
      List<String> upgrades = fleet.upgradesTo(tenant, tag, LEDGER_LEARNS_WITHIN);
      assertThat(upgrades).isEqualTo(outcome.isEmpty() ? List.of() : List.of(outcome));
      if (!outcome.isEmpty()) {
        counted.merge(outcome, 1, Integer::sum);
      }
    }
    assertThat(struck.outcomes()).hasSize(TENANTS);
    for (Map.Entry<String, Integer> count : counted.entrySet()) {
      assertThat(struck.told().count(count.getKey()))
          .as(count.getKey())
          .isEqualTo(count.getValue());
    }
  }

  /** Those that failed by a retry, and those that it never came to by another rollout. */
  private static void requireThatTheRestCanBeDone(
      String rollout, String tag, Map<SandboxTenant, String> outcomes) throws Exception {
    List<String> failed = new ArrayList<>();
    outcomes.forEach(
        (tenant, outcome) -> {
          if (!outcome.equals("success") && !outcome.isEmpty()) {
            failed.add(tenant.id().value());
          }
        });
    if (!failed.isEmpty()) {
      Told retried = fleet.rollout("retry", rollout, "--watch", "--json");
      assertThat(retried.exitCode()).as("%s", retried).isZero();
      assertThat(retried.rollout().path("tenants").findValuesAsText("tenant"))
          .containsExactlyInAnyOrderElementsOf(failed);
    }
    if (outcomes.containsValue("")) {
      Told others = fleet.rollout("start", "--to", tag, "--watch", "--json");
      assertThat(others.exitCode()).as("%s", others).isZero();
    }
    for (SandboxTenant tenant : fleet.tenants()) {
      fleet.requireUpgraded(tenant, tag);
    }
  }
}
