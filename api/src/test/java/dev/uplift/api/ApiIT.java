package dev.uplift.api;

import static dev.uplift.api.ApiWorld.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.registry.RegistryDatabase;
import dev.uplift.api.token.Scope;
import dev.uplift.api.token.Tokens;
import dev.uplift.engine.SearchAttributes;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.rollback.RollbackPreview;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.UpgradePlan;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

@TestInstance(Lifecycle.PER_CLASS)
class ApiIT {
  private static final String TO_V5 = "{\"target_version\": \"v0.5.0\"}";

  /** The upgrade that a rollback would undo. */
  private static final String UNDONE = "5955746f-fd0b-4762-bffd-33c796da1449";

  private static ApiWorld world;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    world = new ApiWorld(registry(directory));
  }

  RegistryAddress registry(Path directory) {
    return RegistryAddress.file(directory.resolve("state/registry.db"));
  }

  @AfterAll
  static void stop() {
    if (world != null) {
      world.close();
    }
  }

  @BeforeEach
  void forgetPlans() {
    FakeUpgrade.PLANS.clear();
  }

  // The three calls of the guide

  @Test
  void tenantsAreListedWithTheirIds() {
    JsonNode answer = world.json(world.get("/api/tenants"));

    assertThat(answer.propertyNames()).containsExactly("tenants");
    assertThat(answer.at("/tenants").findValuesAsString("id")).contains("acme", "zeta");
    assertThat(answer.at("/tenants/0").propertyNames())
        .containsExactly("id", "app", "host", "path", "ring", "labels", "ports");
  }

  @Test
  void theVersionHasTheFieldsOfTheGuideInTheirOrder() {
    HttpResponse<String> response = world.get("/api/tenants/acme/version");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .isEqualTo(
            "{\"deployed_version\":\"v0.2.0\",\"deployed_commit\":\"295fb7f\","
                + "\"latest_version\":\"v0.3.0\",\"latest_commit\":\"17b3ab3\","
                + "\"upgrade_available\":true,\"checked_at\":\"2026-01-02T03:04:05Z\"}");
  }

  @Test
  void theVersionIsAskedForOnceInTenSeconds() {
    world.get("/api/tenants/zeta/version");
    int asked = world.lookUps.get();

    world.get("/api/tenants/zeta/version");

    assertThat(world.lookUps).hasValue(asked);
  }

  @Test
  void aHostThatDoesNotAnswerIsUnavailable() {
    HttpResponse<String> response = world.get("/api/tenants/lost/version");

    assertProblem(response, 503, "host-unreachable");
    assertThat(response.body()).contains("Host gone of tenant lost did not answer");
  }

  @Test
  void anUpgradeAnswersWithTheReportOfTheGuide() throws Exception {
    HttpResponse<String> response =
        world.post(
            "/api/tenants/acme/upgrade",
            "{\"target_version\": \"v0.3.0\", \"backup_db\": true, \"run_migrations\": true}");

    assertThat(response.statusCode()).isEqualTo(200);
    JsonNode report = world.json(response);
    assertThat(List.copyOf(report.propertyNames()).subList(0, 7))
        .containsExactly(
            "status",
            "previous_version",
            "new_version",
            "commit",
            "migrations_run",
            "backup_path",
            "details");
    assertThat(report.get("status").asString()).isEqualTo("success");
    assertThat(report.get("previous_version").asString()).isEqualTo("v0.2.0");
    assertThat(report.get("commit").asString()).isEqualTo("17b3ab3");
    assertThat(report.get("details")).hasSize(13);
    assertThat(report.has("failure")).isFalse();
    assertThat(report.get("downtime_ms").asLong()).isEqualTo(1234);
    UpgradePlan plan = FakeUpgrade.PLANS.element();
    assertThat(plan.target()).isEqualTo(Tag.of("v0.3.0"));
    assertThat(plan.commit()).isEqualTo(CommitId.of("17b3ab3000000000000000000000000000000000"));
    assertThat(plan.requestedBy()).isEqualTo("ada");
    assertThat(plan.options().keepBackup()).isTrue();
    var run = world.connection.client().newUntypedWorkflowStub("upgrade/acme").describe();
    assertThat(run.getTypedSearchAttributes().get(SearchAttributes.TENANT)).isEqualTo("acme");
    assertThat(run.getTypedSearchAttributes().get(SearchAttributes.HOST)).isEqualTo("web-1");
    assertThat(run.getTypedSearchAttributes().get(SearchAttributes.RELEASE)).isEqualTo("v0.3.0");
    assertThat(run.getStaticSummary()).isEqualTo("acme to v0.3.0");
  }

  @Test
  void withoutABodyTheLatestIsPlanned() {
    HttpResponse<String> response =
        world.send(
            world
                .request("/api/tenants/acme/upgrade", world.upgrader)
                .POST(BodyPublishers.noBody()));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(FakeUpgrade.PLANS.element().target()).isEqualTo(Tag.of("v0.3.0"));
  }

  @Test
  void theOptionsAreHandedOn() {
    HttpResponse<String> response =
        world.post(
            "/api/tenants/acme/upgrade",
            """
            {"target_version": "v0.3.0", "backup_db": false, "run_migrations": false,
             "force": true, "reason": "asked for by Uma"}
            """);

    UpgradePlan plan = FakeUpgrade.PLANS.element();
    assertThat(plan.options().keepBackup()).isFalse();
    assertThat(plan.options().runMigrations()).isFalse();
    assertThat(plan.options().force()).isTrue();
    assertThat(plan.options().reason()).isEqualTo("asked for by Uma");
    assertThat(world.json(response).get("backup_path").isNull()).isTrue();
  }

  @Test
  void whatIsNotASuccessIsAProblemWithTheWholeReport() {
    HttpResponse<String> response =
        world.post("/api/tenants/acme/upgrade", "{\"target_version\": \"v0.5.0\"}");

    assertProblem(response, 422, "upgrade-rolled-back");
    JsonNode problem = world.json(response);
    assertThat(problem.get("outcome").asString()).isEqualTo("rolled_back");
    assertThat(problem.get("detail").asString()).isEqualTo("A migration failed.");
    assertThat(problem.at("/failure/kind").asString()).isEqualTo("migration_failed");
    assertThat(problem.get("previous_version").asString()).isEqualTo("v0.2.0");
    assertThat(problem.at("/report/status").asString()).isEqualTo("rolled_back");
    assertThat(problem.get("instance").asString())
        .isEqualTo("/api/upgrades/" + problem.get("upgrade_id").asString());
  }

  @Test
  void whatAHostHasSeenOfAnUpgradeIsToldToWhoeverMayReadReports() {
    String path = evidenceOf(world.post("/api/tenants/acme/upgrade", TO_V5));
    HttpResponse<String> answer = world.send(world.request(path, world.reader).GET());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body())
        .matches(
            "\\{\"upgrade_id\":\"[0-9a-f-]{36}\",\"tenant\":\"acme\","
                + "\"collected_at\":\"2026-01-02T03:04:05Z\",\"pieces\":\\[\\{"
                + "\"name\":\"git/afterwards\",\"at\":\"2026-01-02T03:04:05Z\","
                + "\"text\":\"clean\\\\n\",\"cut_bytes\":7}],"
                + "\"journal\":\\[\\{\"(event\":\"OPENED\",\"input\":\\{\"n\":1}"
                + "|input\":\\{\"n\":1},\"event\":\"OPENED\")}],\"cut_lines\":0}");
  }

  @Test
  void anUpgradeOfWhichThereIsNothingIsNotFoundAndTheReasonIsTold() {
    String path = evidenceOf(world.post("/api/tenants/zeta/upgrade", TO_V5));

    assertProblem(world.get(path), 404, "no-evidence");
    assertThat(world.json(world.get(path)).get("detail").asString())
        .startsWith("Host web-1 keeps nothing of upgrade ")
        .contains("refused before anything ran");
    String unknown = "/api/upgrades/" + UUID.randomUUID() + "/evidence";
    assertProblem(world.get(unknown), 404, "unknown-object");
    assertProblem(world.get("/api/upgrades/latest/evidence"), 400, "malformed-parameter");
    assertThat(world.send(world.request(path, null).GET()).statusCode()).isEqualTo(401);
  }

  private static String evidenceOf(HttpResponse<String> upgraded) {
    return "/api/upgrades/" + world.json(upgraded).get("upgrade_id").asString() + "/evidence";
  }

  @Test
  void anUpgradeOfATenantWhoseHostIsSilentIsUnavailableAndSoIsWhatWasSeenOfIt() {
    HttpResponse<String> response =
        world.post("/api/tenants/lost/upgrade", "{\"target_version\": \"v0.9.0\"}");

    assertProblem(response, 503, "upgrade-rejected");
    assertThat(FakeUpgrade.PLANS.element().commit()).isNull();
    HttpResponse<String> evidence = world.get(evidenceOf(response));
    assertProblem(evidence, 503, "host-unreachable");
    assertThat(world.json(evidence).get("detail").asString())
        .startsWith("Host gone does not answer.");
  }

  @Test
  void aTagThatTheHostDoesNotKnowIsLeftToTheHostToRefuse() {
    HttpResponse<String> response =
        world.post("/api/tenants/acme/upgrade", "{\"target_version\": \"v0.8.0\"}");

    assertProblem(response, 422, "upgrade-rejected");
    assertThat(world.json(response).at("/failure/kind").asString()).isEqualTo("tag_missing");
  }

  @Test
  void aHeldTenantIsRefusedWithTheUpgradeThatHoldsIt() {
    putTenant("held", 8101);
    JsonNode holder =
        world.json(world.post("/api/tenants/held/upgrade", "{\"target_version\": \"v0.6.0\"}"));

    HttpResponse<String> refused = world.post("/api/tenants/held/upgrade", "{}");
    HttpResponse<String> forced =
        world.post(
            "/api/tenants/held/upgrade",
            "{\"target_version\": \"v0.3.0\", \"force\": true, \"reason\": \"hurry\"}");

    assertThat(holder.get("outcome").asString()).isEqualTo("needs_attention");
    assertProblem(refused, 409, "tenant-held");
    assertThat(world.json(refused).get("upgrade_id")).isEqualTo(holder.get("upgrade_id"));
    assertProblem(forced, 409, "tenant-held");
    JsonNode tenant = world.json(world.get("/api/tenants/held"));
    assertThat(tenant.at("/held/upgrade_id")).isEqualTo(holder.get("upgrade_id"));
    assertThat(tenant.get("id").asString()).isEqualTo("held");
  }

  @Test
  void aReleaseEndsAHoldAndIsOnRecord() {
    putTenant("freed", 8501);
    world.post("/api/tenants/freed/upgrade", "{\"target_version\": \"v0.6.0\"}");
    String id = world.json(world.get("/api/tenants/freed")).at("/held/upgrade_id").asString();

    HttpResponse<String> released =
        world.post(
            "/api/tenants/freed/release",
            "{\"reason\": \"restored by hand\", \"upgrade_id\": \"%s\", \"start_services\": true}"
                .formatted(id));

    assertThat(released.statusCode()).as(released.body()).isEqualTo(200);
    JsonNode answer = world.json(released);
    assertThat(answer.get("status").asString()).isEqualTo("released");
    assertThat(answer.get("upgrade_id").asString()).isEqualTo(id);
    assertThat(answer.at("/units/0/running").asBoolean()).isTrue();
    assertThat(world.json(world.get("/api/tenants/freed")).has("held")).isFalse();
    JsonNode entry = world.json(world.get("/api/upgrades/" + id));
    assertThat(entry.get("status").asString()).isEqualTo("needs_attention");
    assertThat(entry.at("/released/by").asString()).isEqualTo("ada");
    assertThat(entry.at("/released/reason").asString()).isEqualTo("restored by hand");
    JsonNode audited = world.json(world.get("/api/audit?object=tenants/freed")).at("/entries/0");
    assertThat(audited.get("action").asString()).isEqualTo("tenant.release");
    assertThat(audited.get("upgrade_id").asString()).isEqualTo(id);
    assertThat(audited.get("reason").asString()).isEqualTo("restored by hand");
    assertThat(
            world
                .post("/api/tenants/freed/upgrade", "{\"target_version\": \"v0.3.0\"}")
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void whatIsNotHeldIsNeitherReleasedNorResumed() {
    putTenant("fine", 8601);
    world.post("/api/tenants/fine/upgrade", "{\"target_version\": \"v0.3.0\"}");

    HttpResponse<String> release = world.post("/api/tenants/fine/release", "{\"reason\": \"?\"}");
    HttpResponse<String> resume = world.post("/api/tenants/fine/resume", "{}");

    assertProblem(release, 409, "tenant-not-held");
    assertProblem(resume, 409, "tenant-not-held");
    assertThat(world.json(resume).get("detail").asString()).contains("is success");
  }

  @Test
  void aHoldWithoutAJournalIsNotResumedAndStaysUntilItIsReleased() {
    putTenant("bare", 8701);
    world.post("/api/tenants/bare/upgrade", "{\"target_version\": \"v0.6.0\"}");
    String held = world.json(world.get("/api/tenants/bare")).at("/held/upgrade_id").asString();

    HttpResponse<String> resumed =
        world.post("/api/tenants/bare/resume", "{\"reason\": \"try again\"}");

    assertProblem(resumed, 422, "resume-rejected");
    JsonNode report = world.json(resumed);
    assertThat(report.get("operation").asString()).isEqualTo("resume");
    assertThat(report.get("of_upgrade").asString()).isEqualTo(held);
    assertThat(report.at("/failure/kind").asString()).isEqualTo("journal_unreadable");
    assertProblem(world.post("/api/tenants/bare/upgrade", "{}"), 409, "tenant-held");
    assertThat(
            world
                .json(world.get("/api/audit?object=tenants/bare"))
                .get("entries")
                .findValuesAsString("action"))
        .contains("resume.start");
  }

  @Test
  void whatItsHostDoesNotHoldIsNotResumedEither() {
    putTenant(FakeHolds.SERVES, 8901);
    world.post("/api/tenants/serves/upgrade", "{\"target_version\": \"v0.6.0\"}");

    HttpResponse<String> resumed = world.post("/api/tenants/serves/resume", "{}");

    assertProblem(resumed, 409, "tenant-not-held");
    assertThat(world.json(resumed).get("outcome").asString()).isEqualTo("rejected");
    assertThat(world.json(resumed).get("operation").asString()).isEqualTo("resume");
  }

  @Test
  void whoReleasesSaysWhyAndOfWhichHostAndMayDoIt() {
    assertProblem(world.post("/api/tenants/acme/release", "{}"), 400, "malformed-document");
    assertProblem(world.post("/api/tenants/acme/release", ""), 400, "malformed-document");
    assertProblem(
        world.post("/api/tenants/lost/release", "{\"reason\": \"x\"}"), 503, "host-unreachable");
    assertProblem(
        world.send(
            world
                .request("/api/tenants/acme/release", world.upgrader)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"reason\": \"x\"}"))),
        403,
        "forbidden");
    assertProblem(
        world.send(
            world
                .request("/api/tenants/acme/resume", world.reader)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{}"))),
        403,
        "forbidden");
  }

  @Test
  void aTenantThatWasDeletedMeanwhileIsNotUpgraded() {
    putTenant("pruned", 8301);

    HttpResponse<String> response =
        upgradeWhile("pruned", () -> assertThat(deleted("pruned")).isTrue());

    assertProblem(response, 404, "unknown-object");
    assertNothingWasStarted("pruned");
  }

  @Test
  void aTenantThatWasChangedMeanwhileIsNotUpgradedAsItWas() {
    putTenant("moved", 8311);

    HttpResponse<String> response = upgradeWhile("moved", () -> putTenant("moved", 8321));

    assertProblem(response, 409, "tenant-changed");
    assertNothingWasStarted("moved");
    assertThat(
            world
                .post("/api/tenants/moved/upgrade", "{\"target_version\": \"v0.3.0\"}")
                .statusCode())
        .isEqualTo(200);
  }

  private static HttpResponse<String> upgradeWhile(String tenant, Runnable meanwhile) {
    world.duringLookUp = meanwhile;
    try {
      return world.post("/api/tenants/" + tenant + "/upgrade", "{\"target_version\": \"v0.3.0\"}");
    } finally {
      world.duringLookUp = () -> {};
    }
  }

  private static boolean deleted(String tenant) {
    return world.delete("/api/tenants/" + tenant).statusCode() == 204;
  }

  private static void assertNothingWasStarted(String tenant) {
    assertThat(FakeUpgrade.PLANS)
        .extracting(plan -> plan.tenant().id().value())
        .doesNotContain(tenant);
    assertThat(world.json(world.get("/api/upgrades?tenant=" + tenant)).get("upgrades")).isEmpty();
    assertThat(actionsOn("tenants/" + tenant)).doesNotContain("upgrade.start");
  }

  @Test
  void aStartWhoseConfirmationIsLostIsToldWithWhereToAsk() {
    putTenant("unsure", 8331);
    world.duringLookUp = () -> world.engine.unanswered = "StartWorkflowExecution";

    HttpResponse<String> response;
    try {
      response = world.post("/api/tenants/unsure/upgrade", "{\"target_version\": \"v0.4.0\"}");
    } finally {
      world.duringLookUp = () -> {};
      world.engine.unanswered = "";
    }

    assertProblem(response, 503, "engine-away");
    JsonNode problem = world.json(response);
    String id = problem.get("upgrade_id").asString();
    assertThat(problem.get("detail").asString()).contains("not confirmed").contains(id);
    assertThat(response.headers().firstValue("Location")).contains("/api/upgrades/" + id);
    assertThat(world.json(world.get("/api/upgrades/" + id)).get("live").asBoolean()).isTrue();
    cancel(id);
  }

  @Test
  void theAuditLogHasItBeforeTheEngineDoes() throws Exception {
    putTenant("audited", 8341);
    List<String> known = new CopyOnWriteArrayList<>();
    world.engine.listener =
        method -> {
          if (method.equals("StartWorkflowExecution") || method.equals("UpdateWorkflowExecution")) {
            known.addAll(actionsOn("tenants/audited"));
            known.add(method);
          }
        };
    try {
      cancel(startWaiting("audited"));
    } finally {
      world.engine.listener = method -> {};
    }

    assertThat(known)
        .containsSubsequence("upgrade.start", "StartWorkflowExecution")
        .containsSubsequence("upgrade.cancel", "UpdateWorkflowExecution");
  }

  private static List<String> actionsOn(String object) {
    return world
        .json(world.get("/api/audit?object=" + object))
        .get("entries")
        .findValuesAsString("action");
  }

  // While an upgrade runs

  @Test
  void aSecondUpgradeOfATenantIsRefusedWithTheFirst() throws Exception {
    putTenant("twice", 8111);
    String first = startWaiting("twice");

    HttpResponse<String> second = world.post("/api/tenants/twice/upgrade", "{}");

    assertProblem(second, 409, "tenant-busy");
    assertThat(world.json(second).get("upgrade_id").asString()).isEqualTo(first);
    assertThat(world.json(world.get("/api/upgrades?tenant=twice")).get("upgrades")).hasSize(1);
    assertProblem(world.delete("/api/tenants/twice"), 409, "tenant-busy");
    cancel(first);
  }

  @Test
  void aRunningUpgradeTellsItsStepsAndCanBeCancelled() throws Exception {
    putTenant("steps", 8121);
    String id = startWaiting("steps");

    JsonNode live = world.json(world.get("/api/upgrades/" + id));
    HttpResponse<String> tooLate =
        world.post("/api/upgrades/" + id + "/cancel", "{\"reason\": \"refuse this\"}");
    HttpResponse<String> cancelled =
        world.send(
            world
                .request("/api/upgrades/" + id + "/cancel", world.upgrader)
                .POST(BodyPublishers.noBody()));

    assertThat(live.get("status").asString()).isEqualTo("running");
    assertThat(live.get("phase").asString()).isEqualTo("preparation");
    assertThat(live.at("/steps/0/name").asString()).isEqualTo("InspectTenant");
    assertProblem(tooLate, 409, "too-late");
    assertThat(tooLate.body()).contains("It has committed.");
    assertThat(cancelled.statusCode()).isEqualTo(202);
    eventually(() -> world.get("/api/upgrades/" + id).body().contains("\"rejected\""));
    JsonNode over = world.json(world.get("/api/upgrades/" + id));
    assertThat(over.at("/report/failure/kind").asString()).isEqualTo("cancelled");
    assertThat(over.at("/report/failure/message").asString()).isEqualTo("cancelled by uma");
    assertProblem(world.post("/api/upgrades/" + id + "/cancel", "{}"), 409, "too-late");
  }

  @Test
  void aCallerMayWaitForSomeSecondsOnly() throws Exception {
    putTenant("patient", 8131);
    long began = System.nanoTime();

    HttpResponse<String> response =
        world.send(
            world
                .request("/api/tenants/patient/upgrade", world.upgrader)
                .header("Content-Type", "application/json")
                .header("Prefer", "wait=1")
                .POST(BodyPublishers.ofString("{\"target_version\": \"v0.4.0\"}")));

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofSeconds(1));
    String id = world.json(response).get("upgrade_id").asString();
    assertThat(response.headers().firstValue("Location")).contains("/api/upgrades/" + id);
    assertThat(response.headers().firstValue("Preference-Applied")).contains("wait=1");
    cancel(id);
  }

  @Test
  void aWaitingCallerIsAnsweredWhenTheUpgradeIsCancelled() throws Exception {
    putTenant("waits", 8141);
    CompletableFuture<HttpResponse<String>> waiting =
        world.sendAsync(
            world
                .request("/api/tenants/waits/upgrade", world.upgrader)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"target_version\": \"v0.4.0\"}")));
    eventually(
        () ->
            FakeUpgrade.PLANS.stream()
                .anyMatch(plan -> plan.tenant().id().value().equals("waits")));
    String id =
        world.json(world.get("/api/upgrades?tenant=waits")).at("/upgrades/0/upgrade_id").asString();

    cancel(id);

    assertProblem(waiting.get(15, TimeUnit.SECONDS), 422, "upgrade-rejected");
  }

  @Test
  void aRunThatIsTerminatedFromOutsideIsLostAndTheTenantFreeAgain() throws Exception {
    putTenant("killed", 8151);
    String id = startWaiting("killed");

    world.connection.client().newUntypedWorkflowStub("upgrade/killed").terminate("by hand");

    eventually(() -> world.get("/api/upgrades/" + id).body().contains("\"status\":\"lost\""));
    assertThat(
            world
                .post("/api/tenants/killed/upgrade", "{\"target_version\": \"v0.3.0\"}")
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void aStartThatTheEngineNeverConfirmedIsSettledWhenSomebodyAsks() {
    String early = "11111111-1111-1111-1111-111111111111";
    String late = "22222222-2222-2222-2222-222222222222";
    Instant now = Clock.systemUTC().instant();
    try (HikariDataSource database = RegistryDatabase.open(world.registry)) {
      JdbcClient client = JdbcClient.create(database);
      String insert = "insert into upgrade (id, tenant, requested_at) values (?, 'unsure', ?)";
      client.sql(insert).params(early, now.minusSeconds(600).toString()).update();
      client.sql(insert).params(late, now.toString()).update();
    }

    JsonNode given = world.json(world.get("/api/upgrades/" + early));
    JsonNode open = world.json(world.get("/api/upgrades/" + late));

    assertThat(given.get("status").asString()).isEqualTo("not_started");
    assertThat(open.get("status").asString()).isEqualTo("running");
    assertThat(open.get("live").asBoolean()).isFalse();
  }

  @Test
  void theLedgerIsReadInPagesAndByTenantAndStatus() {
    putTenant("pages", 8161);
    for (int i = 0; i < 3; i++) {
      world.post("/api/tenants/pages/upgrade", "{\"target_version\": \"v0.3.0\"}");
    }
    world.post("/api/tenants/pages/upgrade", "{\"target_version\": \"v0.5.0\"}");

    JsonNode first = world.json(world.get("/api/upgrades?tenant=pages&limit=3"));
    JsonNode second = world.json(world.get(first.get("next").asString()));
    JsonNode failed = world.json(world.get("/api/upgrades?tenant=pages&status=rolled_back"));

    assertThat(first.get("upgrades").findValuesAsString("status"))
        .containsExactly("rolled_back", "success", "success");
    assertThat(second.get("upgrades")).hasSize(1);
    assertThat(second.has("next")).isFalse();
    assertThat(failed.get("upgrades")).hasSize(1);
  }

  @Test
  void anOutcomeReachesTheLedgerThroughTheEngineWhenNobodyWaits() throws Exception {
    putTenant("nobody", 8171);
    HttpResponse<String> response =
        world.send(
            world
                .request("/api/tenants/nobody/upgrade", world.upgrader)
                .header("Content-Type", "application/json")
                .header("Prefer", "respond-async")
                .POST(BodyPublishers.ofString("{\"target_version\": \"v0.3.0\"}")));

    assertThat(response.statusCode()).isEqualTo(202);
    eventually(
        () -> world.get("/api/upgrades?tenant=nobody").body().contains("\"status\":\"success\""));
  }

  // Rollbacks

  @Test
  void aRollbackThatWasNotConfirmedSaysWhatItWouldGiveUpAndStartsNothing() {
    world.preview = ApiWorld.previewOf(UNDONE);
    FakeRollback.PLANS.clear();

    HttpResponse<String> response = world.post("/api/tenants/zeta/rollback", "");

    assertProblem(response, 409, "rollback-needs-confirmation");
    JsonNode problem = world.json(response);
    assertThat(problem.get("upgrade_id").asString()).isEqualTo(UNDONE);
    assertThat(problem.get("to_version").asString()).isEqualTo("v0.2.0");
    assertThat(problem.get("backup").asString()).isEqualTo("/srv/zeta/db/pocket.db.backup_1");
    assertThat(problem.get("taken_at").asString()).isEqualTo("2026-01-02T03:04:05Z");
    assertThat(problem.at("/tables/0/table").asString()).isEqualTo("person");
    assertThat(problem.at("/tables/0/gained").asLong()).isEqualTo(3);
    assertThat(problem.get("comparison").asString()).isEqualTo("Rows are only counted.");
    assertThat(problem.get("detail").asString()).contains("{\"confirm\": \"" + UNDONE + "\"}");
    assertThat(world.questions.poll().compare()).isTrue();
    assertThat(FakeRollback.PLANS).isEmpty();
  }

  @Test
  void aConfirmedRollbackIsStartedAndAnswersWithItsReport() {
    world.preview = ApiWorld.previewOf(UNDONE);
    FakeRollback.PLANS.clear();
    world.questions.clear();

    HttpResponse<String> response =
        world.send(
            world
                .request("/api/tenants/zeta/rollback", world.upgrader)
                .header("Content-Type", "application/json")
                .POST(
                    BodyPublishers.ofString(
                        "{\"confirm\": \"" + UNDONE + "\", \"reason\": \"too slow\"}")));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode report = world.json(response);
    assertThat(report.get("operation").asString()).isEqualTo("rollback");
    assertThat(report.get("of_upgrade").asString()).isEqualTo(UNDONE);
    assertThat(report.get("new_version").asString()).isEqualTo("v0.2.0");
    UpgradePlan plan = FakeRollback.PLANS.element();
    assertThat(plan.ofUpgrade()).hasToString(UNDONE);
    assertThat(plan.protocol()).as("workers that know only upgrades refuse it").isEqualTo(2);
    assertThat(plan.target()).isEqualTo(Tag.of("v0.2.0"));
    assertThat(plan.options().keepBackup()).isTrue();
    assertThat(plan.requestedBy()).isEqualTo("uma");
    assertThat(world.questions.poll().compare()).as("it was said before").isFalse();
    JsonNode entry = world.json(world.get("/api/upgrades/" + report.get("upgrade_id").asString()));
    assertThat(entry.get("status").asString()).isEqualTo("success");
    assertThat(entry.get("operation").asString()).isEqualTo("rollback");
    JsonNode audit = world.json(world.get("/api/audit?object=tenants/zeta")).at("/entries/0");
    assertThat(audit.get("action").asString()).isEqualTo("rollback.start");
    assertThat(audit.get("who").asString()).isEqualTo("uma");
    assertThat(audit.get("reason").asString()).isEqualTo("too slow");
  }

  @Test
  void aConfirmationOfAnotherUpgradeStartsNothing() {
    world.preview = ApiWorld.previewOf(UNDONE);
    FakeRollback.PLANS.clear();

    HttpResponse<String> response =
        world.post(
            "/api/tenants/zeta/rollback",
            "{\"confirm\": \"00000000-0000-4000-8000-000000000000\"}");

    assertProblem(response, 409, "rollback-confirms-another");
    assertThat(world.json(response).get("upgrade_id").asString()).isEqualTo(UNDONE);
    assertThat(FakeRollback.PLANS).isEmpty();
  }

  @Test
  void aRollbackThatTurnedBackIsAProblemOfARollback() {
    world.preview = ApiWorld.previewOf(UNDONE);

    HttpResponse<String> response =
        world.post(
            "/api/tenants/zeta/rollback",
            "{\"confirm\": \"" + UNDONE + "\", \"reason\": \"" + FakeRollback.TURNS_BACK + "\"}");

    assertProblem(response, 422, "rollback-rolled-back");
    assertThat(world.json(response).get("title").asString())
        .isEqualTo("Rollback turned back: the tenant is as it was");
    assertThat(world.json(response).get("outcome").asString()).isEqualTo("rolled_back");
  }

  @Test
  void aTenantWithNothingToRollBackSaysWhy() {
    world.preview =
        RollbackPreview.refused(
            new Failure(
                "InspectRollback", FailureKind.NOTHING_TO_ROLL_BACK, "None is known.", null, "do"));

    for (String body : List.of("{}", "{\"confirm\": \"" + UNDONE + "\"}")) {
      HttpResponse<String> response = world.post("/api/tenants/zeta/rollback", body);

      assertProblem(response, 409, "nothing-to-roll-back");
      assertThat(world.json(response).get("detail").asString()).isEqualTo("None is known.");
      assertThat(world.json(response).at("/failure/kind").asString())
          .isEqualTo("nothing_to_roll_back");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BACKUP_ALTERED, 409, nothing-to-roll-back",
    "BUSY,           409, tenant-busy",
    "STEP_FAILED,    422, rollback-refused"
  })
  void aRollbackThatItsHostRefusesSaysWhy(FailureKind kind, int status, String type) {
    world.preview =
        RollbackPreview.refused(new Failure("InspectRollback", kind, "It is so.", null, "do"));

    HttpResponse<String> response = world.post("/api/tenants/zeta/rollback", "{}");

    assertProblem(response, status, type);
    assertThat(world.json(response).at("/failure/message").asString()).isEqualTo("It is so.");
  }

  @Test
  void aRollbackOnAHostThatIsAwayIsNotStarted() {
    assertProblem(world.post("/api/tenants/lost/rollback", "{}"), 503, "host-unreachable");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"confirm\": \"yes\"}",
        "{\"confirmed\": true}",
        "[]",
        "{\"reason\": \"a\\nb\"}"
      })
  void aMalformedRollbackIsRefused(String body) {
    assertThat(world.post("/api/tenants/zeta/rollback", body).statusCode()).isEqualTo(400);
  }

  @Test
  void whoMayOnlyReadMayNotAskForARollback() {
    HttpResponse<String> response =
        world.send(
            world
                .request("/api/tenants/zeta/rollback", world.reader)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{}")));

    assertThat(response.statusCode()).isEqualTo(403);
  }

  // Bad input

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"target_versoin\": \"v0.3.0\"}  | target_versoin | unknown key; known here are backup_db, force, reason, run_migrations, target_version",
        "{\"backup_bd\": false}            | backup_bd      | unknown key",
        "{\"backup_db\": \"false\"}        | backup_db      | must be true or false, but is a string",
        "{\"run_migrations\": 0}           | run_migrations | must be true or false, but is the number 0",
        "{\"target_version\": 1.10}        | target_version | must be a string, but is the number 1.10",
        "{\"target_version\": \"../x\"}    | target_version | a release tag is a version like v1.2.3",
        "{\"target_version\": \"v1..2\"}   | target_version | a release tag is a version like v1.2.3",
        "{\"target_version\": \"-v1\"}     | target_version | a release tag is a version like v1.2.3",
        "{\"target_version\": \"v1*\"}     | target_version | a release tag is a version like v1.2.3",
        "{\"target_version\": \"v1\\n\"}   | target_version | a release tag is a version like v1.2.3",
        "{\"target_version\": \"v1\\u0000\"} | target_version | a release tag is a version like v1.2.3",
        "{\"target_version\": \"main\"}    | target_version | a release tag is a version like v1.2.3",
        "{\"force\": true}                 |                | force needs a reason",
        "{\"force\": true, \"force\": false} |              | Duplicate field",
        "{\"target_version\": \"v0.3.0\"   |                | body:1:",
        "not json                          |                | body:1:",
        "[]                                |                | an object is needed",
      })
  void aBadBodyIsRefusedAndNothingIsStarted(String body, String field, String message) {
    HttpResponse<String> response = world.post("/api/tenants/acme/upgrade", body);

    assertProblem(response, 400, "malformed-document");
    JsonNode problem = world.json(response);
    assertThat(problem.get("detail").asString()).contains(message);
    assertThat(problem.path("field").asString(null)).isEqualTo(field);
    assertThat(problem.get("line").asInt()).isPositive();
    assertThat(FakeUpgrade.PLANS).isEmpty();
  }

  @Test
  void aTagOf300CharactersIsRefused() {
    assertProblem(
        world.post(
            "/api/tenants/acme/upgrade", "{\"target_version\": \"v" + "1".repeat(300) + "\"}"),
        400,
        "malformed-document");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "..", "-acme", "ac*me", "a\nb", "a\0b", "a/b", "Acme", "a?b", "a;b", "a%b", "a\\b", ".", "ä"
      })
  void aBadTenantIdIsRefused(String id) {
    String encoded = URLEncoder.encode(id, StandardCharsets.UTF_8).replace(".", "%2e");
    HttpResponse<String> response = world.get("/api/tenants/" + encoded + "/version");

    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("application/problem+json");
    assertThat(world.json(response).get("type").asString()).startsWith("urn:uplift:problem:");
  }

  @Test
  void aTenantIdOf300CharactersIsRefused() {
    HttpResponse<String> response =
        world.post("/api/tenants/" + "a".repeat(300) + "/upgrade", "{}");

    assertProblem(response, 400, "malformed-parameter");
    assertThat(response.body()).contains("id: a tenant id is 1 to 31");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"GET /api/tenants/../../etc HTTP/1.1", "GET /api/[x] HTTP/1.1", "NONSENSE"})
  void whatIsNoHttpIsAProblemToo(String line) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", world.port())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              (line + "\r\nHost: x\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      String answer =
          String.join(
              "\n",
              new BufferedReader(
                      new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                  .lines()
                  .toList());
      assertThat(answer).startsWith("HTTP/1.1 400").contains("application/problem+json");
    }
  }

  @Test
  void anUnknownTenantIsNotFound() {
    assertProblem(world.post("/api/tenants/nobody-here/upgrade", "{}"), 404, "unknown-object");
    assertProblem(world.get("/api/tenants/nobody-here/version"), 404, "unknown-object");
    assertProblem(
        world.get("/api/upgrades/00000000-0000-0000-0000-000000000000"), 404, "unknown-object");
  }

  @Test
  void wrongPathMethodTypeAndParameterAreProblems() {
    assertProblem(world.get("/api/nothing"), 404, "not-found");
    assertProblem(world.delete("/api/tenants/acme/upgrade"), 405, "method-not-allowed");
    assertProblem(world.get("/api/upgrades/not-a-uuid"), 400, "malformed-parameter");
    assertProblem(world.get("/api/upgrades?limit=0"), 400, "malformed-parameter");
    assertProblem(world.get("/api/upgrades?status=fine"), 400, "malformed-parameter");
    assertProblem(world.get("/api/audit?who=%00"), 400, "malformed-parameter");
    assertProblem(world.get("/api/audit?object=tenants/%0a"), 400, "malformed-parameter");
    assertProblem(
        world.send(
            world
                .request("/api/tenants/acme/upgrade", world.admin)
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("{}"))),
        415,
        "unsupported-media-type");
    assertThat(FakeUpgrade.PLANS).isEmpty();
  }

  // Tokens

  @Test
  void withoutATokenNothingIsTold() {
    HttpResponse<String> response = world.send(world.request("/api/tenants", null).GET());

    assertProblem(response, 401, "unauthorized");
    assertThat(response.headers().firstValue("WWW-Authenticate"))
        .contains("Bearer realm=\"uplift\"");
  }

  @Test
  void aWrongARevokedAndAnExpiredTokenOpenNothing() throws Exception {
    String revoked = Tokens.create(world.registry, "eve", Set.of(Scope.READ), Duration.ofHours(1));
    Tokens.revoke(world.registry, "eve");
    String expired = Tokens.create(world.registry, "old", Set.of(Scope.READ), Duration.ofMillis(1));
    eventually(
        () ->
            Tokens.list(world.registry).stream()
                .filter(token -> token.name().equals("old"))
                .allMatch(token -> token.expiresAt().isBefore(Clock.systemUTC().instant())));

    for (String token : List.of("uplift_wrong", revoked, expired)) {
      HttpResponse<String> response = world.send(world.request("/api/tenants", token).GET());
      assertProblem(response, 401, "unauthorized");
      assertThat(response.headers().firstValue("WWW-Authenticate").orElse(""))
          .contains("invalid_token");
    }
  }

  @Test
  void eachScopeAllowsWhatItSays() {
    assertThat(world.send(world.request("/api/tenants", world.reader).GET()).statusCode())
        .isEqualTo(200);
    assertProblem(upgradeWith(world.reader, "{}"), 403, "forbidden");
    assertProblem(
        upgradeWith(world.upgrader, "{\"force\": true, \"reason\": \"x\"}"),
        403,
        "force-needs-admin");
    assertProblem(
        world.send(world.request("/api/tenants/acme", world.upgrader).DELETE()), 403, "forbidden");
    assertProblem(world.send(world.request("/api/audit", world.upgrader).GET()), 403, "forbidden");
    assertThat(FakeUpgrade.PLANS).isEmpty();
  }

  @Test
  void whoIsRefusedAChangeIsInTheAuditLog() throws Exception {
    putTenant("refused", 8351);
    String running = startWaiting("refused");
    world.send(world.request("/api/tenants/refused", world.reader).DELETE());
    world.send(world.request("/api/tenants/refused", null).DELETE());
    world.send(world.request("/api/audit", world.reader).GET());
    world.post("/api/tenants/refused/upgrade", "{}");
    cancel(running);
    eventually(() -> world.get("/api/upgrades/" + running).body().contains("\"rejected\""));
    world.post("/api/upgrades/" + running + "/cancel", "{}");

    JsonNode ofTenant = world.json(world.get("/api/audit?object=tenants/refused")).get("entries");
    assertThat(ofTenant.findValuesAsString("action"))
        .containsExactly(
            "upgrade.cancel",
            "request.refused",
            "request.refused",
            "upgrade.start",
            "registry.create");
    assertThat(ofTenant.findValuesAsString("who"))
        .containsExactly("ada", "ada", "ron", "uma", "ada");
    assertThat(ofTenant.at("/1/reason").asString()).isEqualTo("POST upgrade 409 tenant-busy");
    assertThat(ofTenant.at("/2/reason").asString()).isEqualTo("DELETE 403 forbidden");
    JsonNode ofUpgrade = world.json(world.get("/api/audit?upgrade_id=" + running)).get("entries");
    assertThat(ofUpgrade.at("/0/action").asString()).isEqualTo("request.refused");
    assertThat(ofUpgrade.at("/0/reason").asString()).isEqualTo("POST cancel 409 too-late");
  }

  private HttpResponse<String> upgradeWith(String token, String body) {
    return world.send(
        world
            .request("/api/tenants/acme/upgrade", token)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  // Registry

  @Test
  void aTenantIsCreatedChangedReadAndDeleted() {
    String entry =
        """
        {"app": "cbapp", "host": "web-1", "path": "/srv/crud", "ports": {"api": 8201, "frontend": 8202}}
        """;

    assertThat(world.put("/api/tenants/crud", entry).statusCode()).isEqualTo(201);
    assertThat(
            world.put("/api/tenants/crud", entry.replace("/srv/crud", "/srv/crud2")).statusCode())
        .isEqualTo(200);
    assertThat(world.json(world.get("/api/tenants/crud")).get("path").asString())
        .isEqualTo("/srv/crud2");
    assertThat(world.delete("/api/tenants/crud").statusCode()).isEqualTo(204);
    assertProblem(world.get("/api/tenants/crud"), 404, "unknown-object");
    assertThat(
            world.json(world.get("/api/audit?limit=3")).get("entries").findValuesAsString("action"))
        .containsExactly("registry.delete", "registry.change", "registry.create");
    assertThat(world.json(world.get("/api/audit?limit=1")).at("/entries/0/who").asString())
        .isEqualTo("ada");
  }

  @Test
  void aTenantThatCollidesWithAnotherIsRefused() {
    HttpResponse<String> response =
        world.put(
            "/api/tenants/copy",
            """
            {"app": "cbapp", "host": "web-1", "path": "/srv/./acme", "ports": {"api": 8001}}
            """);

    assertProblem(response, 400, "inconsistent-registry");
    assertThat(response.body())
        .contains("tenants.copy.path: tenant acme has /srv/acme on that host, too")
        .contains("tenants.copy.ports.api: tenant acme has 8001 on that host")
        .contains("tenants.copy.ports: 'http://127.0.0.1:{frontend_port}/' needs {frontend_port}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"srv/x", "/srv/../x", "/srv/*", "/srv/a\\nb", "/srv/a\\u0000b"})
  void aBadPathIsRefused(String path) {
    assertProblem(
        world.put(
            "/api/tenants/bad",
            "{\"app\": \"cbapp\", \"host\": \"web-1\", \"path\": \"" + path + "\"}"),
        400,
        "malformed-document");
  }

  @Test
  void whatIsUsedCannotBeDeleted() {
    HttpResponse<String> response = world.delete("/api/hosts/web-1");

    assertProblem(response, 409, "in-use");
    assertThat(world.json(response).get("tenants").toString()).contains("acme");
  }

  @Test
  void aProfileIsStoredAsItWasGiven() {
    String profile =
        """
        {"database":"db/x.db","state":["db/x.key"],"services":["{slug}-api"],
         "dependencies":[{"type":"command","run":["npm","ci"],"produces":["node_modules"]}],
         "migrations":{"run":["make","migrate"]},
         "health":[{"url":"http://127.0.0.1:{api_port}/","json":"/status=ok"}],
         "timeouts":{"stop":"5s"},"on_late_writes":"hold"}
        """;

    assertThat(world.put("/api/apps/shop", profile).statusCode()).isEqualTo(201);
    String stored = world.get("/api/apps/shop").body();
    assertThat(world.put("/api/apps/shop", stored).statusCode()).isEqualTo(200);

    assertThat(world.get("/api/apps/shop").body()).isEqualTo(stored);
    assertThat(stored)
        .contains("\"type\":\"command\"", "\"stop\":\"PT5S\"", "\"on_late_writes\":\"hold\"");
    assertThat(world.delete("/api/apps/shop").statusCode()).isEqualTo(204);
    assertThat(world.json(world.get("/api/apps/cbapp")).get("database").asString())
        .isEqualTo("db/pocket.db");
  }

  @Test
  void aFleetIsAppliedOnceAndThenUnchanged() {
    String fleet =
        """
        hosts: {web-9: {}}
        tenants:
          fresh: {app: cbapp, host: web-9, path: /srv/fresh, ports: {api: 1, frontend: 2}}
        """;

    JsonNode tried = world.json(applyFleet(fleet, "?dry_run=true"));
    assertProblem(world.get("/api/tenants/fresh"), 404, "unknown-object");
    JsonNode applied = world.json(applyFleet(fleet, ""));
    JsonNode again = world.json(applyFleet(fleet.replace("/srv/fresh", "/srv/moved"), ""));

    assertThat(tried.get("dry_run").asBoolean()).isTrue();
    assertThat(tried.get("created").toString()).isEqualTo("[\"hosts/web-9\",\"tenants/fresh\"]");
    assertThat(applied.get("created")).isEqualTo(tried.get("created"));
    assertThat(again.get("changed").toString()).isEqualTo("[\"tenants/fresh\"]");
    assertThat(again.get("unchanged").toString()).isEqualTo("[\"hosts/web-9\"]");
  }

  @Test
  void aFleetWithOneWrongTenantChangesNothing() {
    HttpResponse<String> response =
        applyFleet(
            """
            hosts: {web-8: {}}
            tenants:
              good: {app: cbapp, host: web-8, path: /srv/good, ports: {api: 1, frontend: 2}}
              bad: {app: other, host: web-8, path: /srv/bad}
            """,
            "");

    assertProblem(response, 400, "inconsistent-registry");
    assertThat(response.body()).contains("tenants.bad.app: there is no app other");
    assertProblem(world.get("/api/hosts/web-8"), 404, "unknown-object");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "host: {}                          | fleet.yml:1:1: host: unknown key",
        "hosts: {a: {}, a: {}}             | fleet.yml:1:16: hosts.a: the key is there twice",
        "hosts: {a: {labels: {v: 1.10}}}   | fleet.yml:1:25: hosts.a.labels.v: must be a string, but is the number 1.10: write it in quotes",
        "hosts: &a {b: *a}                 | fleet.yml:1:8: hosts: anchors and aliases are not allowed",
      })
  void aFleetFileIsReadStrictly(String fleet, String message) {
    HttpResponse<String> response = applyFleet(fleet, "");

    assertProblem(response, 400, "malformed-document");
    assertThat(world.json(response).get("detail").asString()).startsWith(message);
  }

  @Test
  void theOpenApiPageIsThere() {
    HttpResponse<String> description = world.send(world.request("/v3/api-docs", null).GET());
    HttpResponse<String> page = world.send(world.request("/swagger-ui/index.html", null).GET());

    assertThat(description.statusCode()).isEqualTo(200);
    assertThat(world.json(description).get("paths").propertyNames())
        .contains("/api/tenants/{id}/upgrade", "/api/upgrades/{id}", "/api/fleet");
    assertThat(page.statusCode()).isEqualTo(200);
  }

  private static HttpResponse<String> applyFleet(String fleet, String query) {
    return world.send(
        world
            .request("/api/fleet" + query, world.admin)
            .header("Content-Type", "application/yaml")
            .POST(BodyPublishers.ofString(fleet)));
  }

  private static void putTenant(String id, int port) {
    HttpResponse<String> response =
        world.put(
            "/api/tenants/" + id,
            """
            {"app": "cbapp", "host": "web-1", "path": "/srv/%s", "ports": {"api": %d, "frontend": %d}}
            """
                .formatted(id, port, port + 1));
    assertThat(response.statusCode()).as(response.body()).isBetween(200, 201);
  }

  private static String startWaiting(String tenant) throws InterruptedException {
    HttpResponse<String> response =
        world.send(
            world
                .request("/api/tenants/" + tenant + "/upgrade", world.upgrader)
                .header("Content-Type", "application/json")
                .header("Prefer", "respond-async")
                .POST(BodyPublishers.ofString("{\"target_version\": \"v0.4.0\"}")));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    eventually(
        () ->
            FakeUpgrade.PLANS.stream().anyMatch(plan -> plan.tenant().id().value().equals(tenant)));
    return world.json(response).get("upgrade_id").asString();
  }

  private static void cancel(String id) {
    assertThat(world.post("/api/upgrades/" + id + "/cancel", "{}").statusCode()).isEqualTo(202);
  }

  private static void assertProblem(HttpResponse<String> response, int status, String type) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("application/problem+json");
    JsonNode problem = world.json(response);
    assertThat(problem.get("type").asString()).isEqualTo("urn:uplift:problem:" + type);
    assertThat(problem.get("status").asInt()).isEqualTo(status);
    assertThat(problem.get("title").asString()).isNotEmpty();
    assertThat(problem.get("detail").asString()).isNotEmpty();
    assertThat(problem.has("instance")).isTrue();
  }
}
