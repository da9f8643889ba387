package dev.uplift.api;

import static dev.uplift.api.ApiWorld.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.upgrade.UpgradePlan;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Rollouts over HTTP, of upgrades that are fakes. */
class RolloutIT {
  private static final String ROLLOUTS = "/api/rollouts";
  @TempDir private static Path directory;
  private static ApiWorld world;

  @BeforeAll
  static void startWorld() throws Exception {
    world = new ApiWorld(directory);
  }

  @AfterAll
  static void endWorld() {
    world.close();
  }

  @BeforeEach
  void forget() {
    FakeUpgrade.PLANS.clear();
  }

  @Test
  void nothingButATargetUpgradesTheFleetInWaves() throws Exception {
    HttpResponse<String> accepted = start("{\"target_version\": \"v0.3.0\"}");

    assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
    String location = accepted.headers().firstValue("Location").orElseThrow();
    JsonNode ended = awaitStatus(location, "success");
    assertThat(tenants(ended))
        .containsExactly("1 zeta success", "2 acme success", "3 lost success");
    assertThat(ended.get("target_version").asString()).isEqualTo("v0.3.0");
    assertThat(ended.get("requested_by").asString()).isEqualTo("ada");
    assertThat(ended.at("/progress/counts/success").asInt()).isEqualTo(3);
    assertThat(ended.at("/tenants/0/downtime_ms").asLong()).isEqualTo(1234);
    String id = ended.get("id").asString();
    assertThat(FakeUpgrade.PLANS)
        .extracting(plan -> plan.tenant().id().value())
        .containsExactly("zeta", "acme", "lost");
    assertThat(FakeUpgrade.PLANS)
        .extracting(plan -> plan.options().reason())
        .containsOnly("rollout " + id);
    for (UpgradePlan plan : FakeUpgrade.PLANS) {
      assertThat(
              world.json(world.get("/api/upgrades/" + plan.upgradeId())).get("status").asString())
          .isEqualTo("success");
    }
    assertThat(world.json(world.get(ROLLOUTS)).at("/rollouts/0/id").asString()).isEqualTo(id);
    requireProblem(tell(location, "pause"), 409, "rollout-not-so");
    requireProblem(tell(location, "retry"), 409, "nothing-to-retry");
  }

  @Test
  void theFirstFailureHaltsAndAPersonGoesOnOrNot() throws Exception {
    String location = location(start("{\"target_version\": \"v0.5.0\"}"));

    JsonNode halted = awaitStatus(location, "halted");
    assertThat(halted.at("/progress/halt/rule").asString()).isEqualTo("max_failures");
    assertThat(tenants(halted)).containsExactly("1 zeta rolled_back", "2 acme -", "3 lost -");
    assertThat(halted.at("/tenants/0/message").asString())
        .isEqualTo("AnyStep: A migration failed.");
    requireProblem(tell(location, "approve"), 409, "rollout-not-so");
    requireProblem(tell(location, "retry"), 409, "rollout-not-over");

    assertThat(tell(location, "resume").statusCode()).isEqualTo(200);
    eventually(() -> tenants(state(location)).contains("2 acme rolled_back"));
    awaitStatus(location, "halted");
    assertThat(tell(location, "abort").statusCode()).isEqualTo(200);
    assertThat(tenants(awaitStatus(location, "aborted"))).last().isEqualTo("3 lost -");

    JsonNode again = world.json(tell(location, "retry"));
    assertThat(tenants(again)).containsExactly("1 acme -", "1 lost -", "1 zeta -");
    assertThat(again.get("retry_of").asString()).isEqualTo(state(location).get("id").asString());
    String retried = ROLLOUTS + "/" + again.get("id").asString();
    awaitStatus(retried, "halted");
    tell(retried, "abort");
    awaitStatus(retried, "aborted");
  }

  @Test
  void whoeverWantsToGoOnReachesTheLastTenant() throws Exception {
    String location =
        location(start("{\"target_version\": \"v0.5.0\", \"on_failure\": \"continue\"}"));

    assertThat(tenants(awaitStatus(location, "partial")))
        .containsExactly("1 zeta rolled_back", "2 acme rolled_back", "3 lost rolled_back");
  }

  @Test
  void tenantsAreInOneRolloutAtATime() throws Exception {
    String location = location(start("{\"target_version\": \"v0.4.0\", \"tenants\": [\"zeta\"]}"));
    eventually(() -> !FakeUpgrade.PLANS.isEmpty());

    HttpResponse<String> refused = start("{\"target_version\": \"v0.3.0\"}");

    requireProblem(refused, 409, "rollout-under-way");
    assertThat(refused.headers().firstValue("Location")).contains(location);
    requireProblem(tell(location, "resume"), 409, "rollout-not-so");
    assertThat(tell(location, "pause").statusCode()).isEqualTo(200);
    assertThat(state(location).get("status").asString()).isEqualTo("paused");
    assertThat(tell(location, "abort").statusCode()).isEqualTo(200);
    String upgrade = FakeUpgrade.PLANS.element().upgradeId().toString();
    world.post("/api/upgrades/" + upgrade + "/cancel", "{}");
    assertThat(tenants(awaitStatus(location, "aborted"))).containsExactly("1 zeta rejected");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"ring\": \"canary\"}",
        "{\"tenants\": [\"nobody\"]}",
        "{\"waves\": [{\"tenants\": [\"acme\"]}]}"
      })
  void whatDoesNotFitTheFleetIsRefused(String body) {
    requireProblem(start(body), 422, "rollout-refused");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"max_concurrency\": 0}",
        "{\"max_failures\": \"101%\"}",
        "{\"tenants\": [\"acme\", \"acme\"]}",
        "{\"ring\": \"prod\"}",
        "{\"max_failure\": 1}",
        "{\"target_version\": \"../x\"}"
      })
  void whatMakesNoSenseIsRefused(String body) {
    requireProblem(start(body), 400, "malformed-document");
  }

  @Test
  void whoMayNotUpgradeMayNotRollOut() {
    HttpResponse<String> refused =
        world.send(
            world
                .request(ROLLOUTS, world.reader)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{}")));

    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(FakeUpgrade.PLANS).isEmpty();
  }

  @Test
  void oneThatIsNotThereIsUnknown() {
    String nowhere = ROLLOUTS + "/00000000-0000-0000-0000-000000000000";

    requireProblem(world.get(nowhere), 404, "unknown-object");
    requireProblem(tell(nowhere, "pause"), 404, "unknown-object");
  }

  private static HttpResponse<String> start(String body) {
    return world.post(ROLLOUTS, body);
  }

  private static String location(HttpResponse<String> accepted) {
    assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
    return accepted.headers().firstValue("Location").orElseThrow();
  }

  private static HttpResponse<String> tell(String location, String what) {
    return world.post(location + "/" + what, "{\"reason\": \"as tested\"}");
  }

  private static JsonNode state(String location) {
    return world.json(world.get(location));
  }

  private static JsonNode awaitStatus(String location, String status) throws Exception {
    eventually(() -> state(location).get("status").asString().equals(status));
    return state(location);
  }

  /** Each with its wave and what came of it. */
  private static List<String> tenants(JsonNode rollout) {
    List<String> tenants = new ArrayList<>();
    for (JsonNode one : rollout.get("tenants")) {
      String outcome = one.has("outcome") ? one.get("outcome").asString() : "-";
      tenants.add(one.get("wave").asInt() + " " + one.get("tenant").asString() + " " + outcome);
    }
    return tenants;
  }

  private static void requireProblem(HttpResponse<String> response, int status, String type) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(world.json(response).get("type").asString()).isEqualTo("urn:uplift:problem:" + type);
  }
}
