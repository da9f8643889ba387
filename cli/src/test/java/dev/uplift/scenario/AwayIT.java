package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an upgrade needs and does not find, room, a worker or the engine, is named within seconds,
 * and the tenant serves on. In order: what is gone in one is not there for the next.
 */
@Tag("full")
@Timeout(240)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AwayIT {
  private static final String UPGRADE = "/api/tenants/testsite/upgrade";
  private static final String TO_LATEST = "{\"target_version\":\"v0.3.0\"}";
  private static final Duration A_MINUTE = Duration.ofSeconds(60);

  @TempDir static Path directory;
  private static World world;
  private static SandboxTenant tenant;

  private TenantFacts factsBefore;
  private List<Long> processesBefore;

  @BeforeAll
  static void startWorld() throws Exception {
    world =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox -> sandbox.tenants(1).rows(20).timeout("health_window", "1s"));
    tenant = world.sandbox().tenants().get(0);
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @BeforeEach
  void look() throws Exception {
    factsBefore = TenantFacts.of(tenant);
    processesBefore = TenantFacts.processIds(tenant, world.sandbox().services());
  }

  @AfterEach
  void theTenantServesOnUntouched() throws Exception {
    assertThat(TenantFacts.of(tenant)).isEqualTo(factsBefore);
    assertThat(TenantFacts.processIds(tenant, world.sandbox().services()))
        .isEqualTo(processesBefore);
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
  }

  @Test
  @Order(1)
  void aDiskThatIsTooSmallIsToldWithTheNumbers() throws Exception {
    world.restartWorker(Map.of("uplift.host.keep-free", "1000TB"));

    Calls.Answer answer = world.calls().post(UPGRADE, TO_LATEST);

    assertThat(answer.status()).as("%s", answer).isEqualTo(422);
    assertThat(answer.body().get("outcome").asText()).isEqualTo("rejected");
    JsonNode failure = answer.report().get("failure");
    assertThat(failure.get("kind").asText()).isEqualTo("disk_full");
    assertThat(failure.get("evidence").asText())
        .containsPattern("needed: \\d+ bytes, usable: \\d+")
        .contains("to be kept free: " + 1000L * 1024 * 1024 * 1024 * 1024);
  }

  @Test
  @Order(2)
  void withoutAWorkerNothingIsStarted() throws Exception {
    world.killWorker();
    long began = System.nanoTime();

    Calls.Answer answer = world.calls().post(UPGRADE, TO_LATEST);

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(A_MINUTE);
    assertThat(answer.status()).as("%s", answer).isEqualTo(503);
    assertThat(answer.body().get("type").asText()).endsWith(":host-unreachable");
    assertThat(answer.body().get("detail").asText()).contains("local", "Nothing was started");
    assertThat(
            world
                .calls()
                .get("/api/upgrades?tenant=testsite&status=running")
                .body()
                .get("upgrades"))
        .isEmpty();
  }

  @Test
  @Order(3)
  void withoutTheEngineNothingIsStarted() throws Exception {
    world.killEngine();
    long began = System.nanoTime();

    Calls.Answer answer = world.calls().post(UPGRADE, TO_LATEST);

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(A_MINUTE);
    assertThat(answer.status()).as("%s", answer).isEqualTo(503);
    assertThat(answer.body().get("type").asText()).endsWith(":engine-away");
    assertThat(answer.body().get("detail").asText()).contains("Nothing was started");
    assertThat(world.calls().get("/api/tenants").status()).isEqualTo(200);
  }
}
