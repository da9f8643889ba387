package dev.uplift.api;

import static dev.uplift.api.ApiWorld.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.token.Scope;
import dev.uplift.api.token.Tokens;
import dev.uplift.backup.BackupsRequest.Task;
import io.temporal.client.WorkflowNotFoundException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;

/** What is answered while the API or the engine goes away. */
@Tag("full")
class AwayIT {
  private static final Duration A_FEW_SECONDS = Duration.ofSeconds(12);

  @TempDir private Path directory;

  @Test
  void whoWaitsWhenTheApiStopsIsToldWhereToAsk() throws Exception {
    try (ApiWorld world = new ApiWorld(directory)) {
      CompletableFuture<HttpResponse<String>> waiting = startAndWait(world, "acme", null);
      CompletableFuture<HttpResponse<String>> withPatience =
          startAndWait(world, "zeta", "wait=600");

      world.stopApi();

      // Whoever knows of no answer before the end must not take one for a success.
      HttpResponse<String> told = waiting.get(15, TimeUnit.SECONDS);
      assertThat(told.statusCode()).as(told.body()).isEqualTo(503);
      JsonNode problem = world.json(told);
      assertThat(problem.get("type").asString()).isEqualTo("urn:uplift:problem:api-stopping");
      assertThat(told.headers().firstValue("Location").orElse(""))
          .isEqualTo("/api/upgrades/" + problem.get("upgrade_id").asString());
      assertThat(told.headers().firstValue("Retry-After")).contains("10");
      HttpResponse<String> accepted = withPatience.get(15, TimeUnit.SECONDS);
      assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
      assertThat(accepted.headers().firstValue("Location").orElse(""))
          .isEqualTo("/api/upgrades/" + world.json(accepted).get("upgrade_id").asString());
    }
  }

  @Test
  void whoWaitsForBackupsWhenTheApiStopsIsToldToAskAgain() throws Exception {
    try (ApiWorld world = new ApiWorld(directory)) {
      CountDownLatch read = new CountDownLatch(1);
      world.backups.slow = read;
      CompletableFuture<HttpResponse<String>> waiting =
          world.sendAsync(
              world
                  .request("/api/tenants/acme/backups/verify", world.upgrader)
                  .timeout(Duration.ofMinutes(1))
                  .POST(BodyPublishers.noBody()));
      eventually(() -> world.backups.asked.stream().anyMatch(asked -> asked.task() == Task.VERIFY));

      world.stopApi();

      HttpResponse<String> told = waiting.get(15, TimeUnit.SECONDS);
      read.countDown();
      assertThat(told.statusCode()).as(told.body()).isEqualTo(503);
      assertThat(world.json(told).get("type").asString())
          .isEqualTo("urn:uplift:problem:api-stopping");
      assertThat(world.json(told).get("detail").asString()).contains("Ask again");
    }
  }

  @Test
  void anEngineThatGoesAwayIsToldAndNothingHangs() throws Exception {
    try (ApiWorld world = new ApiWorld(directory)) {
      CompletableFuture<HttpResponse<String>> waiting = startAndWait(world, "acme", null);

      int port = world.engine.port();
      world.engine.close();

      long began = System.nanoTime();
      assertEngineAway(world, world.post("/api/tenants/zeta/upgrade", "{}"));
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(A_FEW_SECONDS);
      assertEngineAway(world, world.get("/api/tenants/acme/version"));
      assertThat(world.json(world.get("/api/upgrades?tenant=zeta")).get("upgrades")).isEmpty();

      HttpResponse<String> told = waiting.get(90, TimeUnit.SECONDS);
      assertEngineAway(world, told);
      String id = world.json(told).get("upgrade_id").asString();
      assertThat(told.headers().firstValue("Location")).contains("/api/upgrades/" + id);
      JsonNode state = world.json(world.get("/api/upgrades/" + id));
      assertThat(state.get("status").asString()).isEqualTo("running");
      assertThat(state.get("live").asBoolean()).isFalse();
      assertEngineAway(world, world.post("/api/upgrades/" + id + "/cancel", "{}"));

      try (LoopbackEngine withoutMemory = new LoopbackEngine(port)) {
        assertThat(withoutMemory.port()).isEqualTo(port);
        eventually(() -> world.get("/api/upgrades/" + id).body().contains("\"status\":\"lost\""));
      }
    }
  }

  @Test
  void anEngineThatIsBusyKeepsWhoeverWaitsWaiting() throws Exception {
    try (ApiWorld world = new ApiWorld(directory)) {
      CompletableFuture<HttpResponse<String>> waiting = startAndWait(world, "acme", null);

      world.engine.tooBusyFor = Set.of("GetWorkflowExecutionHistory", "DescribeWorkflowExecution");
      assertThatThrownBy(() -> waiting.get(A_FEW_SECONDS.toSeconds(), TimeUnit.SECONDS))
          .isInstanceOf(TimeoutException.class);
      world.engine.tooBusyFor = Set.of();
      world
          .connection
          .client()
          .newUntypedWorkflowStub("upgrade/acme")
          .update("cancel", Void.class, "enough");

      assertThat(waiting.get(15, TimeUnit.SECONDS).statusCode()).isEqualTo(422);
    }
  }

  @Test
  void anEngineThatAnswersNothingForAMomentKeepsWhoeverWaitsWaiting() throws Exception {
    try (ApiWorld world = new ApiWorld(directory)) {
      CompletableFuture<HttpResponse<String>> waiting = startAndWait(world, "acme", null);

      world.engine.unanswered = "DescribeWorkflowExecution";
      // Until it is asked, and until it has not answered.
      assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS))
          .isInstanceOf(TimeoutException.class);
      world.engine.unanswered = "";
      world
          .connection
          .client()
          .newUntypedWorkflowStub("upgrade/acme")
          .update("cancel", Void.class, "enough");

      assertThat(waiting.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(422);
    }
  }

  @Test
  void anUpgradeThatNobodyWouldCarryOutIsNotStarted() throws Exception {
    try (ApiWorld world = new ApiWorld(directory)) {
      world.stopWorkers();

      HttpResponse<String> refused = world.post("/api/tenants/zeta/upgrade", "{}");

      assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
      assertThat(world.json(refused).get("type").asString())
          .isEqualTo("urn:uplift:problem:host-unreachable");
      assertThat(world.json(refused).get("detail").asString())
          .contains("web-1", "Nothing was started");
      assertThat(world.json(world.get("/api/upgrades?tenant=zeta")).get("upgrades")).isEmpty();
      assertThatThrownBy(
              () -> world.connection.client().newUntypedWorkflowStub("upgrade/zeta").describe())
          .isInstanceOf(WorkflowNotFoundException.class);
    }
  }

  @Test
  void aWorkerThatIsStartedMeanwhileGetsTheUpgrade() throws Exception {
    try (ApiWorld world = new ApiWorld(directory)) {
      world.stopWorkers();
      CompletableFuture<HttpResponse<String>> waiting =
          world.sendAsync(
              world
                  .request("/api/tenants/zeta/upgrade", world.upgrader)
                  .header("Content-Type", "application/json")
                  .POST(BodyPublishers.ofString("{\"target_version\": \"v0.3.0\"}")));

      // Longer than the host is given to tell its version.
      assertThatThrownBy(() -> waiting.get(8, TimeUnit.SECONDS))
          .isInstanceOf(TimeoutException.class);
      world.startWorkers();

      assertThat(waiting.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void anAddressThatOthersCanReachNeedsATokenFirst() {
    assertThatThrownBy(
            () ->
                ApiApplication.run(
                        "--uplift.bind=0.0.0.0",
                        "--uplift.port=0",
                        "--uplift.database=" + directory.resolve("registry.db"))
                    .close())
        .hasMessageContaining("there is no token yet")
        .hasMessageContaining("uplift token create");
  }

  @Test
  @ExtendWith(OutputCaptureExtension.class)
  void anApiWhoseTokensHaveAllExpiredStartsAllTheSameAndTellsIt(CapturedOutput log)
      throws Exception {
    Path registry = directory.resolve("registry.db");
    Tokens.create(registry, "old", Set.of(Scope.READ), Duration.ofMillis(1));
    eventually(
        () ->
            Tokens.list(RegistryAddress.file(registry)).stream()
                .allMatch(token -> token.expiresAt().isBefore(Clock.systemUTC().instant())));
    String[] exposed = {
      "--uplift.bind=0.0.0.0",
      "--uplift.port=0",
      "--uplift.database=" + registry,
      "--uplift.behind-proxy=true"
    };

    ApiApplication.run(exposed).close();

    assertThat(log).contains("every token has expired", "uplift token create");
    Tokens.revoke(RegistryAddress.file(registry), "old");
    ApiApplication.run(exposed).close();
  }

  @Test
  void anAddressThatOthersCanReachNeedsEncryptionHereOrInAProxy() {
    Path registry = directory.resolve("registry.db");
    Tokens.create(registry, "ops", Set.of(Scope.READ), Duration.ofHours(1));
    String[] exposed = {
      "--uplift.bind=0.0.0.0", "--uplift.port=0", "--uplift.database=" + registry
    };

    assertThatThrownBy(() -> ApiApplication.run(exposed).close())
        .hasMessageContaining("in clear")
        .hasMessageContaining("server.ssl.certificate")
        .hasMessageContaining("uplift.behind-proxy");
    String[] behindProxy = Arrays.copyOf(exposed, exposed.length + 1);
    behindProxy[exposed.length] = "--uplift.behind-proxy=true";
    ApiApplication.run(behindProxy).close();
  }

  private static CompletableFuture<HttpResponse<String>> startAndWait(
      ApiWorld world, String tenant, String prefer) throws InterruptedException {
    HttpRequest.Builder request =
        world
            .request("/api/tenants/" + tenant + "/upgrade", world.upgrader)
            .timeout(Duration.ofMinutes(2))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"target_version\": \"v0.4.0\"}"));
    if (prefer != null) {
      request.header("Prefer", prefer);
    }
    CompletableFuture<HttpResponse<String>> waiting = world.sendAsync(request);
    eventually(() -> world.get("/api/upgrades?tenant=" + tenant).body().contains("running"));
    // The ledger has it before the engine.
    eventually(() -> isKnown(world, "upgrade/" + tenant));
    return waiting;
  }

  private static boolean isKnown(ApiWorld world, String workflow) {
    try {
      world.connection.client().newUntypedWorkflowStub(workflow).describe();
      return true;
    } catch (WorkflowNotFoundException notYet) {
      return false;
    }
  }

  private static void assertEngineAway(ApiWorld world, HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
    assertThat(world.json(response).get("type").asString())
        .isEqualTo("urn:uplift:problem:engine-away");
    assertThat(response.headers().firstValue("Retry-After")).contains("10");
  }
}
