package dev.uplift.api;

import static dev.uplift.api.ApiWorld.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.uplift.backup.BackupsRequest;
import dev.uplift.backup.BackupsRequest.Task;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Backups over HTTP, with a host whose backups are fakes. */
class BackupsIT {
  private static final String BACKUPS = "/api/tenants/acme/backups";
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
    world.backups.asked.clear();
    world.backups.busy = false;
  }

  @Test
  void theyAreListedAsTheHostTellsThem() {
    HttpResponse<String> response = world.send(world.request(BACKUPS, world.reader).GET());

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(world.json(response).at("/items/0").toString())
        .isEqualTo(
            "{\"kind\":\"backup\",\"name\":\"pocket.db.backup_20260102_030405\","
                + "\"path\":\"/srv/acme/db/pocket.db.backup_20260102_030405\","
                + "\"created_at\":\"2026-01-02T03:04:05Z\",\"bytes\":4096,"
                + "\"version\":\"v0.2.0\","
                + "\"upgrade_id\":\"00000000-0000-0000-0000-000000000007\","
                + "\"state\":\"good\",\"warnings\":[],\"keep\":true,"
                + "\"reason\":\"the last good backup\",\"deleted\":false}");
  }

  @Test
  void oneOrAllAreVerified() {
    JsonNode all = world.json(post("/verify", world.upgrader, ""));
    JsonNode one =
        world.json(post("/verify", world.upgrader, "{\"name\": \"" + FakeBackups.KEPT + "\"}"));

    assertThat(all.get("items")).hasSize(1);
    assertThat(one.get("items")).hasSize(1);
    assertThat(world.backups.asked)
        .filteredOn(request -> request.task() == Task.VERIFY)
        .extracting(BackupsRequest::name)
        .containsExactly(null, FakeBackups.KEPT);
  }

  @Test
  void whatIsNotThereCannotBeVerified() {
    requireProblem(post("/verify", world.upgrader, "{\"name\": \"nope\"}"), 404, "unknown-object");
    for (String name : new String[] {"../x", "", "a\\nb"}) {
      requireProblem(
          post("/verify", world.upgrader, "{\"name\": \"" + name + "\"}"),
          400,
          "malformed-document");
    }
  }

  @Test
  void aDryRunIsNoPruningAndLeavesNothingInTheAuditLog() {
    JsonNode dry = world.json(post("/prune", world.admin, "{\"dry_run\": true}"));
    assertThat(dry.at("/items/1/deleted").asBoolean()).isFalse();
    assertThat(actions("acme")).doesNotContain("backups.prune");

    JsonNode pruned = world.json(post("/prune", world.admin, "{\"of_host\": true}"));

    assertThat(pruned.at("/items/1/deleted").asBoolean()).isTrue();
    JsonNode audit = world.json(world.get("/api/audit?object=tenants/acme")).get("entries");
    assertThat(audit.at("/0/action").asString()).isEqualTo("backups.pruned");
    assertThat(audit.at("/0/who").asString()).isEqualTo("ada");
    assertThat(audit.at("/0/reason").asString()).isEqualTo("deleted: 1, 4,096 bytes");
    assertThat(audit.at("/1/action").asString()).isEqualTo("backups.prune");
    assertThat(world.backups.asked)
        .filteredOn(request -> request.task() == Task.PRUNE)
        .extracting(BackupsRequest::dryRun, BackupsRequest::ofHost)
        .containsExactly(tuple(true, false), tuple(false, true));
  }

  @Test
  void deletingNeedsTheScopeAdmin() {
    assertThat(post("/prune", world.upgrader, "{\"dry_run\": true}").statusCode()).isEqualTo(403);
    assertThat(post("/verify", world.reader, "{}").statusCode()).isEqualTo(403);
    assertThat(world.backups.asked).isEmpty();
  }

  @Test
  void aTypoDoesNotDelete() {
    requireProblem(post("/prune", world.admin, "{\"dryrun\": true}"), 400, "malformed-document");
    assertThat(world.backups.asked).isEmpty();
  }

  @Test
  void aTenantThatIsBeingUpgradedIsNotPruned() throws Exception {
    JsonNode started =
        world.json(
            world.send(
                world
                    .request("/api/tenants/zeta/upgrade", world.admin)
                    .header("Prefer", "respond-async")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"target_version\": \"v0.4.0\"}"))));
    String upgrade = started.get("upgrade_id").asString();

    HttpResponse<String> refused = world.post("/api/tenants/zeta/backups/prune", "{}");

    requireProblem(refused, 409, "tenant-busy");
    assertThat(world.json(refused).get("upgrade_id").asString()).isEqualTo(upgrade);
    assertThat(world.backups.asked).isEmpty();
    world.post("/api/upgrades/" + upgrade + "/cancel", "{}");
    eventually(() -> world.post("/api/tenants/zeta/backups/prune", "{}").statusCode() == 200);
  }

  @Test
  void aTenantThatIsBusyOnItsHostIsNotPruned() {
    world.backups.busy = true;

    requireProblem(post("/prune", world.admin, "{}"), 409, "tenant-busy");
  }

  @Test
  void aHostThatIsAwayIsUnavailable() {
    requireProblem(world.get("/api/tenants/lost/backups"), 503, "host-unreachable");
    assertThat(actions("lost")).doesNotContain("backups.prune");
  }

  @Test
  void aTenantThatIsNotRegisteredHasNone() {
    requireProblem(world.get("/api/tenants/nobody/backups"), 404, "unknown-object");
  }

  private static List<String> actions(String tenant) {
    return world
        .json(world.get("/api/audit?object=tenants/" + tenant))
        .get("entries")
        .findValuesAsString("action");
  }

  private static HttpResponse<String> post(String path, String token, String body) {
    return world.send(
        world
            .request(BACKUPS + path, token)
            .header("Content-Type", "application/json")
            .POST(body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body)));
  }

  private static void requireProblem(HttpResponse<String> response, int status, String type) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(world.json(response).get("type").asString()).isEqualTo("urn:uplift:problem:" + type);
  }
}
