package dev.uplift.api;

import static dev.uplift.api.ApiWorld.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.rollout.Outcome;
import dev.uplift.rollout.RolloutDesk;
import dev.uplift.rollout.RolloutDesk.Admitted;
import dev.uplift.rollout.RolloutDesk.CancelOrder;
import dev.uplift.rollout.RolloutDesk.Rehearsed;
import dev.uplift.rollout.RolloutDesk.TenantOutcome;
import dev.uplift.rollout.RolloutDesk.Ticket;
import dev.uplift.upgrade.UpgradePlan;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Rollouts over HTTP, of upgrades that are fakes. */
@TestInstance(Lifecycle.PER_CLASS)
class RolloutIT {
  private static final String ROLLOUTS = "/api/rollouts";
  private static ApiWorld world;

  @BeforeAll
  void startWorld(@TempDir Path directory) throws Exception {
    world = new ApiWorld(registry(directory));
  }

  RegistryAddress registry(Path directory) {
    return RegistryAddress.file(directory.resolve("registry.db"));
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
    assertThat(tenants(again)).as("those that failed").containsExactly("1 zeta -", "2 acme -");
    assertThat(again.get("retry_of").asString()).isEqualTo(state(location).get("id").asString());
    String retried = ROLLOUTS + "/" + again.get("id").asString();
    awaitStatus(retried, "halted");
    tell(retried, "abort");
    awaitStatus(retried, "aborted");
  }

  @Test
  void whomTheShellLoopWorksOnIsTriedAgain() throws Exception {
    world.send(
        world
            .request("/api/tenants/zeta/upgrade", world.upgrader)
            .header("Content-Type", "application/json")
            .header("Prefer", "respond-async")
            .POST(BodyPublishers.ofString("{\"target_version\": \"v0.4.0\"}")));
    eventually(() -> !FakeUpgrade.PLANS.isEmpty());
    String ofTheLoop = "/api/upgrades/" + FakeUpgrade.PLANS.element().upgradeId();

    String location = location(start("{\"target_version\": \"v0.3.0\", \"tenants\": [\"zeta\"]}"));
    eventually(() -> tenants(state(location)).contains("1 zeta busy"));
    world.post(ofTheLoop + "/cancel", "{}");

    // It is tried again after 20 s.
    eventually(
        Duration.ofSeconds(90), () -> state(location).get("status").asString().equals("success"));
    assertThat(tenants(state(location))).containsExactly("1 zeta success");
    // Each end comes to the ledger by itself.
    eventually(() -> upgradesOfZeta().stream().noneMatch(told -> told.endsWith(" running")));
    assertThat(upgradesOfZeta())
        .as("what was not begun is not in the ledger")
        .containsExactly("v0.3.0 success", "v0.4.0 rejected");
  }

  private static List<String> upgradesOfZeta() {
    return world
        .json(world.get("/api/upgrades?tenant=zeta&limit=2"))
        .get("upgrades")
        .valueStream()
        .map(one -> one.get("target_version").asString() + " " + one.get("status").asString())
        .toList();
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

  @Test
  void aDryRunAnswersWhatWouldBecomeOfEachTenantAndStartsNothing() throws Exception {
    awaitStatus(location(start("{\"target_version\": \"v0.3.0\"}")), "success");
    FakeUpgrade.PLANS.clear();

    HttpResponse<String> told = start("{\"target_version\": \"v0.3.0\", \"dry_run\": true}");

    assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
    JsonNode answer = world.json(told);
    assertThat(answer.get("status").asString()).isEqualTo("success");
    assertThat(answer.get("tenants")).hasSize(3);
    JsonNode found = answer.at("/tenants/0/rehearsal");
    assertThat(found.get("outcome").asString()).isEqualTo("would_upgrade");
    assertThat(found.get("deployed_version").asString()).isEqualTo("v0.2.0");
    assertThat(found.get("disk_bytes").asLong()).isEqualTo(4096);
    assertThat(found.get("predicted_downtime_ms").asLong()).isEqualTo(1234);
    assertThat(found.has("migrations_ms")).isFalse();
    assertThat(FakeUpgrade.PLANS).isEmpty();
    requireProblem(
        tell(ROLLOUTS + "/" + answer.get("id").asString(), "retry"), 409, "nothing-to-retry");
  }

  @Test
  void aDryRunTellsWhoWouldFailAndHowLongMigrationsTake() {
    JsonNode told =
        world.json(
            start("{\"target_version\": \"v0.5.0\", \"dry_run\": true, \"rehearse\": true}"));

    assertThat(told.get("status").asString()).isEqualTo("partial");
    assertThat(told.at("/progress/rehearsed/rejected").asInt()).isEqualTo(3);
    JsonNode found = told.at("/tenants/1/rehearsal");
    assertThat(found.get("outcome").asString()).isEqualTo("rejected");
    assertThat(found.get("message").asString())
        .isEqualTo("RehearseMigrations: A migration failed.");
    assertThat(found.get("migrations_ms").asLong()).isEqualTo(250);
    assertThat(FakeUpgrade.PLANS).isEmpty();
  }

  @Test
  void aRolloutWhoseRehearsalsFailHaltsBeforeAnybodyIsStopped() throws Exception {
    String location = location(start("{\"target_version\": \"v0.5.0\", \"rehearse\": true}"));

    JsonNode halted = awaitStatus(location, "halted");
    assertThat(halted.at("/progress/halt/rule").asString()).isEqualTo("rehearsal");
    assertThat(FakeUpgrade.PLANS).isEmpty();

    tell(location, "resume");
    assertThat(tenants(awaitStatus(location, "partial")))
        .containsExactly("1 zeta left_out", "2 acme left_out", "3 lost left_out");
    assertThat(FakeUpgrade.PLANS).isEmpty();
  }

  @Test
  void whoFallsIllWhileItsWaveIsWatchedHaltsTheRollout() throws Exception {
    world.ill.add("zeta");
    try {
      String location = location(start("{\"target_version\": \"v0.3.0\", \"bake_seconds\": 1}"));

      JsonNode halted = awaitStatus(location, "halted");
      assertThat(tenants(halted)).containsExactly("1 zeta failed_late", "2 acme -", "3 lost -");
      assertThat(halted.at("/tenants/0/message").asString())
          .contains("http://x/health answered 500");
      tell(location, "abort");
      awaitStatus(location, "aborted");
    } finally {
      world.ill.clear();
    }
  }

  @Test
  void whatOthersDoToATenantWhileItIsWatchedIsNotBlamedOnTheRollout() throws Exception {
    String location =
        location(
            start(
                "{\"target_version\": \"v0.3.0\", \"tenants\": [\"zeta\"], \"bake_seconds\": 5}"));
    awaitStatus(location, "baking");
    try {
      assertThat(
              world
                  .post("/api/tenants/zeta/upgrade", "{\"target_version\": \"v0.3.0\"}")
                  .statusCode())
          .isEqualTo(200);
      world.ill.add("zeta");

      assertThat(tenants(awaitStatus(location, "success"))).containsExactly("1 zeta success");
    } finally {
      world.ill.clear();
    }
  }

  @Test
  void anAbortMayCancelWhatRuns() throws Exception {
    String location = location(start("{\"target_version\": \"v0.4.0\", \"tenants\": [\"zeta\"]}"));
    eventually(() -> !FakeUpgrade.PLANS.isEmpty());

    HttpResponse<String> told =
        world.send(
            world
                .request(location + "/abort", world.upgrader)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"reason\": \"no\", \"cancel_running\": true}")));

    assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
    assertThat(tenants(awaitStatus(location, "aborted"))).containsExactly("1 zeta rejected");
    JsonNode audited = world.json(world.get("/api/audit?object=tenants/zeta")).at("/entries/0");
    assertThat(audited.get("action").asString()).isEqualTo("upgrade.cancel");
    assertThat(audited.get("who").asString()).as("who aborted, not who started").isEqualTo("uma");
    assertThat(audited.get("reason").asString()).isEqualTo("no");
  }

  @Test
  void whatWaitsForASilentHostIsCancelledToo() throws Exception {
    String location = location(start("{\"target_version\": \"v0.4.0\", \"tenants\": [\"zeta\"]}"));
    eventually(() -> !FakeUpgrade.PLANS.isEmpty());
    UUID rollout = UUID.fromString(state(location).get("id").asString());
    UUID upgrade = FakeUpgrade.PLANS.element().upgradeId();
    // A host is called silent after five minutes: the rollout is not the one that says so here.
    RolloutDesk desk = world.part(RolloutDesk.class);
    desk.recordOutcomes(
        rollout, List.of(new TenantOutcome("zeta", Outcome.STALLED, upgrade, "It waits.", null)));
    assertThat(tenants(state(location))).containsExactly("1 zeta stalled");

    desk.cancelUpgrades(rollout, List.of(), new CancelOrder("no", "uma"));

    assertThat(tenants(awaitStatus(location, "partial"))).containsExactly("1 zeta rejected");
  }

  @Test
  void whoWasStalledIsToldAsItEndedThoughTheRolloutIsOver() throws Exception {
    awaitStatus(
        location(start("{\"target_version\": \"v0.3.0\", \"tenants\": [\"zeta\"]}")), "success");
    UUID upgrade = FakeUpgrade.PLANS.element().upgradeId();
    String location =
        location(
            start(
                "{\"target_version\": \"v0.5.0\", \"tenants\": [\"zeta\"],"
                    + " \"on_failure\": \"continue\"}"));
    UUID rollout = UUID.fromString(awaitStatus(location, "partial").get("id").asString());
    // As if that rollout had ended when its only tenant was stalled, in an upgrade that succeeds.
    world
        .part(RolloutDesk.class)
        .recordOutcomes(
            rollout,
            List.of(new TenantOutcome("zeta", Outcome.STALLED, upgrade, "It waits.", null)));

    eventually(() -> tenants(state(location)).equals(List.of("1 zeta success")));
    assertThat(awaitStatus(location, "success").at("/progress/counts").toString())
        .isEqualTo("{\"success\":1}");
  }

  @Test
  void whoIsRefusedAfterItWasEnteredIsTakenOut() throws Exception {
    String location =
        location(
            start(
                "{\"target_version\": \"v0.3.0\", \"approval\": true, \"rehearse\": true,"
                    + " \"on_rehearsal_failure\": \"leave_out\"}"));
    awaitStatus(location, "waiting_for_approval");
    UUID rollout = UUID.fromString(state(location).get("id").asString());
    Ticket ticket = new Ticket("lost", UUID.randomUUID());
    RolloutDesk desk = world.part(RolloutDesk.class);
    assertThat(desk.admitTenants(rollout, List.of(ticket)).get(0).plan()).isNotNull();
    String upgrade = "/api/upgrades/" + ticket.upgradeId();
    requireProblem(world.post(upgrade + "/cancel", "{}"), 503, "not-begun");

    // The call is made again when another tenant's part of it failed, and finds this.
    desk.recordRehearsals(
        rollout, List.of(new Rehearsed("lost", Outcome.REJECTED, "It fails.", null)));
    Admitted again = desk.admitTenants(rollout, List.of(ticket)).get(0);

    assertThat(again.outcome()).isEqualTo(Outcome.LEFT_OUT);
    assertThat(world.get(upgrade).statusCode()).isEqualTo(404);
    tell(location, "abort");
    awaitStatus(location, "aborted");
  }

  @Test
  void aReleaseThatTheFirstTenantsUpstreamLacksHaltsBeforeAnybodyElse() throws Exception {
    String location = location(start("{\"target_version\": \"v0.8.0\"}"));

    JsonNode halted = awaitStatus(location, "halted");
    assertThat(halted.at("/progress/halt/rule").asString()).isEqualTo("rejected_canary");
    assertThat(tenants(halted)).containsExactly("1 zeta rejected", "2 acme -", "3 lost -");
    assertThat(halted.at("/tenants/0/message").asString()).contains("No such tag.");
    tell(location, "abort");
    awaitStatus(location, "aborted");
  }

  @Test
  void whoWasRemovedMeanwhileIsGoneAndTheOthersAreUpgraded() throws Exception {
    JsonNode registered = world.json(world.get("/api/tenants/lost"));
    String location = location(start("{\"target_version\": \"v0.3.0\", \"approval\": true}"));
    awaitStatus(location, "waiting_for_approval");
    world.send(world.request("/api/tenants/lost", world.admin).DELETE());
    try {
      assertThat(tell(location, "approve").statusCode()).isEqualTo(200);
      eventually(() -> tenants(state(location)).contains("2 acme success"));
      awaitStatus(location, "waiting_for_approval");
      assertThat(tell(location, "approve").statusCode()).isEqualTo(200);

      assertThat(tenants(awaitStatus(location, "partial")))
          .containsExactly("1 zeta success", "2 acme success", "3 lost gone");
    } finally {
      putBack(registered);
    }
  }

  @Test
  void whoWasMovedMeanwhileIsUpgradedWhereItIsNow() throws Exception {
    JsonNode registered = world.json(world.get("/api/tenants/lost"));
    ObjectNode moved = (ObjectNode) registered.deepCopy();
    moved.put("host", "web-1").put("path", "/srv/moved");
    ((ObjectNode) moved.get("ports")).put("api", 8021).put("frontend", 8022);
    String location = location(start("{\"target_version\": \"v0.3.0\", \"approval\": true}"));
    awaitStatus(location, "waiting_for_approval");
    assertThat(put(moved)).isEqualTo(200);
    try {
      assertThat(tell(location, "approve").statusCode()).isEqualTo(200);
      eventually(() -> tenants(state(location)).contains("2 acme success"));
      awaitStatus(location, "waiting_for_approval");
      assertThat(tell(location, "approve").statusCode()).isEqualTo(200);

      JsonNode ended = awaitStatus(location, "success");
      assertThat(ended.at("/tenants/2/tenant").asString()).isEqualTo("lost");
      assertThat(FakeUpgrade.PLANS)
          .filteredOn(plan -> plan.tenant().id().value().equals("lost"))
          .singleElement()
          .satisfies(
              plan -> {
                assertThat(plan.tenant().host().value()).isEqualTo("web-1");
                assertThat(plan.tenant().path()).isEqualTo("/srv/moved");
              });
    } finally {
      assertThat(put(registered)).isEqualTo(200);
    }
  }

  private static void putBack(JsonNode registered) {
    assertThat(put(registered)).isEqualTo(201);
  }

  /** Enters the tenant as a GET told it. */
  private static int put(JsonNode registered) {
    ObjectNode entry = (ObjectNode) registered.deepCopy();
    String id = entry.remove("id").asString();
    return world.put("/api/tenants/" + id, entry.toString()).statusCode();
  }

  @Test
  void oneThatIsTerminatedIsOverWhenWhatItHadBegunHasEnded() throws Exception {
    String location = location(start("{\"target_version\": \"v0.4.0\"}"));
    eventually(() -> !FakeUpgrade.PLANS.isEmpty());
    String upgrade = FakeUpgrade.PLANS.element().upgradeId().toString();
    world
        .connection
        .client()
        .newUntypedWorkflowStub("rollout/" + state(location).get("id").asString())
        .terminate("by hand");
    // The registry looks for rollouts that were ended every few seconds.
    assertThat(state(location).get("status").asString()).isIn("running", "aborting");

    world.post("/api/upgrades/" + upgrade + "/cancel", "{}");

    JsonNode ended = awaitStatus(location, "aborted");
    assertThat(tenants(ended)).containsExactly("1 zeta rejected", "2 acme -", "3 lost -");
    assertThat(ended.at("/progress/counts/rejected").asInt()).isEqualTo(1);
  }

  @Test
  void whoeverFollowsIsToldEachEventOnceAlsoAfterTheApiWasRestarted() throws Exception {
    String location = location(start("{\"target_version\": \"v0.5.0\"}"));
    awaitStatus(location, "halted");
    Events before = Events.of(world, location, "0");
    eventually(() -> before.seen.toString().contains("\"status\":\"halted\""));
    world.stopApi();
    world.startApi();

    Events after = Events.of(world, location, before.lastId());
    assertThat(tell(location, "abort").statusCode()).isEqualTo(200);
    after.awaitEnd();

    assertThat(before.kinds()).containsExactly("status", "tenant", "status");
    assertThat(after.kinds()).containsExactly("status", "status");
    assertThat(after.seen.toString()).contains("\"status\":\"aborting\"");
    assertThat(after.seen.toString()).contains("\"status\":\"aborted\"");
    assertThat(
            world
                .send(
                    world
                        .request(location + "/events", world.admin)
                        .header("Last-Event-ID", after.lastId()))
                .statusCode())
        .isEqualTo(204);
  }

  @Test
  void theStepsOfAnUpgradeCanBeFollowed() throws Exception {
    String location = location(start("{\"target_version\": \"v0.3.0\", \"tenants\": [\"acme\"]}"));
    JsonNode ended = awaitStatus(location, "success");

    Events events =
        Events.of(world, "/api/upgrades/" + ended.at("/tenants/0/upgrade_id").asString(), "0");
    events.awaitEnd();

    assertThat(events.kinds()).endsWith("ended");
    assertThat(events.seen.toString()).contains("\"downtime_ms\":1234");
  }

  /** A client of server-sent events. */
  private static final class Events {
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final CompletableFuture<HttpResponse<Void>> answer;

    private Events(ApiWorld world, String location, String lastEventId) {
      HttpRequest request =
          world
              .request(location + "/events", world.reader)
              .header("Last-Event-ID", lastEventId)
              .build();
      answer =
          HttpClient.newHttpClient()
              .sendAsync(request, HttpResponse.BodyHandlers.fromLineSubscriber(new Lines(seen)));
    }

    static Events of(ApiWorld world, String location, String lastEventId) {
      return new Events(world, location, lastEventId);
    }

    void awaitEnd() throws Exception {
      answer.get(60, TimeUnit.SECONDS);
    }

    List<String> kinds() {
      return fields("event:");
    }

    String lastId() {
      List<String> ids = fields("id:");
      return ids.get(ids.size() - 1);
    }

    private List<String> fields(String name) {
      return seen.stream()
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(name.length()).strip())
          .toList();
    }
  }

  private record Lines(List<String> seen) implements Flow.Subscriber<String> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(String line) {
      seen.add(line);
    }

    @Override
    public void onError(Throwable cutOff) {}

    @Override
    public void onComplete() {}
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
        "{\"on_rehearsal_failure\": \"leave_out\"}",
        "{\"rehearse\": true, \"on_rehearsal_failure\": \"skip\"}",
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
