package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.CommandOutput;
import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is looked at before and after the upgrades of a rollout, on tenants that really serve. */
@Tag("full")
@Timeout(600)
class RehearsedRolloutIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  @TempDir Path directory;
  private World world;
  private SandboxTenant poisoned;

  @BeforeEach
  void startWorld() throws Exception {
    world =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox -> sandbox.tenants(3).rows(10).timeout("health_window", "1s"));
    poisoned = world.sandbox().tenant("globex");
  }

  @AfterEach
  void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  void whoseMigrationsFailIsKnownBeforeAnybodyIsStopped() throws Exception {
    PoisonedDatabase.of(poisoned);
    List<Object> before = untouched();

    CommandOutput told = world.uplift("rollout", "start", "--dry-run", "--rehearse");
    assertThat(told.exitCode()).as(told.text()).isEqualTo(3);
    assertThat(told.text())
        .containsPattern(
            "testsite: would_upgrade, runs v0\\.2\\.0, needs [0-9.]+ [kM]B, migrations took \\d+ ms")
        .containsPattern(
            "globex: rejected, runs v0\\.2\\.0, .*RehearseMigrations: .*add_segment_tables")
        .containsOnlyOnce("acme: would_upgrade");
    assertThat(untouched()).isEqualTo(before);

    CommandOutput halted =
        world.uplift("rollout", "start", "--to", "v0.3.0", "--rehearse", "--watch");
    assertThat(halted.exitCode()).as(halted.text()).isEqualTo(4);
    assertThat(halted.text())
        .contains("-- halted, rehearsal: 1 of 3 tenants could not be upgraded");
    assertThat(untouched()).isEqualTo(before);
    String id = newest().path("id").asText();
    assertThat(world.uplift("rollout", "show", id).text()).contains("uplift rollout abort " + id);
    assertThat(world.uplift("rollout", "abort", id).exitCode()).isZero();
    // As long as it is not over it has its tenants.
    assertThat(world.uplift("rollout", "watch", id).exitCode()).isEqualTo(5);

    TenantFacts ofPoisoned = TenantFacts.of(poisoned);
    CommandOutput others =
        world.uplift("rollout", "start", "--to", "v0.3.0", "--rehearse", "--leave-out", "--watch");
    assertThat(others.exitCode()).as(others.text()).isEqualTo(3);
    assertThat(others.text()).contains("globex: left_out", "testsite: success", "acme: success");
    assertThat(TenantFacts.of(poisoned)).isEqualTo(ofPoisoned);
    assertThat(TenantFacts.isHealthy(poisoned)).isTrue();
    assertThat(world.uplift("rollout", "list").text()).contains("partial", "aborted", "(dry run)");
  }

  @Test
  void whoFallsIllWhileItsWaveIsWatchedHaltsTheRollout() throws Exception {
    SandboxTenant test = world.sandbox().tenant("testsite");
    CompletableFuture<CommandOutput> watched =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return world.uplift(
                    "rollout", "start", "--to", "v0.3.0", "--bake", "60", "--watch");
              } catch (Exception broken) {
                throw new IllegalStateException(broken);
              }
            });
    Eventually.within(
        PATIENCE, "the first wave bakes", () -> newest().path("status").asText().equals("baking"));

    long api = world.sandbox().services().state(test.apiUnit()).mainPid().orElseThrow();
    ProcessHandle.of(api).orElseThrow().destroyForcibly();

    CommandOutput halted = watched.get();
    assertThat(halted.exitCode()).as(halted.text()).isEqualTo(4);
    assertThat(halted.text())
        .contains("testsite: failed_late", "-- halted, max_failures: 1 of 3 tenants failed");
    assertThat(TenantFacts.of(world.sandbox().tenant("acme")).commit())
        .isEqualTo(world.sandbox().upstream().commitOf("v0.2.0"));
    String id = newest().path("id").asText();
    assertThat(world.uplift("rollout", "abort", id).exitCode()).isZero();
  }

  private JsonNode newest() throws Exception {
    return world.calls().get("/api/rollouts?limit=1").body().at("/rollouts/0");
  }

  /** What each tenant is, and the processes that serve it. */
  private List<Object> untouched() throws Exception {
    List<Object> all = new ArrayList<>();
    for (SandboxTenant tenant : world.sandbox().tenants()) {
      all.add(TenantFacts.of(tenant));
      all.add(TenantFacts.processIds(tenant, world.sandbox().services()));
      assertThat(TenantFacts.isHealthy(tenant)).as("%s", tenant.id()).isTrue();
    }
    return all;
  }
}
