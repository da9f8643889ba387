package dev.uplift.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariDataSource;
import dev.uplift.api.registry.PostgresqlRegistry;
import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.registry.RegistryDatabase;
import dev.uplift.sandbox.postgres.PostgresCluster;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.jdbc.core.simple.JdbcClient;

/** PostgreSQL goes away while an upgrade runs, and comes back. */
@Tag("full")
@Timeout(240)
class RegistryAwayIT {
  private static final Duration A_FEW_SECONDS = Duration.ofSeconds(12);
  private static final Duration UNTIL_RECORDED = Duration.ofSeconds(60);

  @Test
  void whatIsAskedMeanwhileIsRefusedAndWhatEndsMeanwhileIsRecordedLater() throws Exception {
    assumeTrue(PostgresCluster.isAvailable(), "needs PostgreSQL (package postgresql)");
    try (PostgresCluster postgres = PostgresCluster.start()) {
      RegistryAddress registry = PostgresqlRegistry.in(postgres);
      try (ApiWorld world = new ApiWorld(registry)) {
        CompletableFuture<HttpResponse<String>> waiting = startAndWait(world);

        postgres.stop();

        assertRegistryAway(world, registry, () -> world.get("/api/tenants"));
        assertRegistryAway(world, registry, () -> world.post("/api/tenants/zeta/upgrade", "{}"));
        String id = end(world);
        HttpResponse<String> told = waiting.get(30, TimeUnit.SECONDS);
        assertThat(told.statusCode()).as(told.body()).isEqualTo(422);
        assertThat(world.json(told).get("outcome").asString()).isEqualTo("rejected");
        assertThat(world.json(told).get("upgrade_id").asString()).isEqualTo(id);

        postgres.resume();

        ApiWorld.eventually(() -> world.get("/api/tenants").statusCode() == 200);
        assertRecorded(registry, id);
        assertThat(world.json(world.get("/api/upgrades?tenant=zeta")).get("upgrades")).isEmpty();
      }
    }
  }

  private interface Call {
    HttpResponse<String> answer();
  }

  private static void assertRegistryAway(ApiWorld world, RegistryAddress registry, Call call) {
    long began = System.nanoTime();
    HttpResponse<String> refused = call.answer();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(A_FEW_SECONDS);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
    assertThat(world.json(refused).get("type").asString())
        .isEqualTo("urn:uplift:problem:registry-away");
    assertThat(world.json(refused).get("detail").asString())
        .contains(registry.database(), "does not answer");
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
  }

  private static CompletableFuture<HttpResponse<String>> startAndWait(ApiWorld world)
      throws InterruptedException {
    CompletableFuture<HttpResponse<String>> waiting =
        world.sendAsync(
            world
                .request("/api/tenants/acme/upgrade", world.upgrader)
                .timeout(Duration.ofMinutes(2))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"target_version\": \"v0.4.0\"}")));
    ApiWorld.eventually(() -> world.get("/api/upgrades?tenant=acme").body().contains("running"));
    ApiWorld.eventually(
        () ->
            FakeUpgrade.PLANS.stream().anyMatch(plan -> plan.tenant().id().value().equals("acme")));
    return waiting;
  }

  /** Ends the upgrade behind the API's back, and answers its id. */
  private static String end(ApiWorld world) {
    world
        .connection
        .client()
        .newUntypedWorkflowStub("upgrade/acme")
        .update("cancel", Void.class, "enough");
    return FakeUpgrade.PLANS.stream()
        .filter(plan -> plan.tenant().id().value().equals("acme"))
        .findFirst()
        .orElseThrow()
        .upgradeId()
        .toString();
  }

  // Not through the API: asking it would have it look for the outcome.
  private static void assertRecorded(RegistryAddress registry, String id) throws Exception {
    try (HikariDataSource database = RegistryDatabase.open(registry)) {
      long deadline = System.nanoTime() + UNTIL_RECORDED.toNanos();
      String status = null;
      while (status == null && System.nanoTime() < deadline) {
        status =
            JdbcClient.create(database)
                .sql("select coalesce(status, '') from upgrade where id = ?")
                .param(id)
                .query(String.class)
                .optional()
                .filter(known -> !known.isEmpty())
                .orElse(null);
        Thread.sleep(50);
      }
      assertThat(status).isEqualTo("rejected");
    }
  }
}
