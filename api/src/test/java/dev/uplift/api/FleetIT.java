package dev.uplift.api;

import static dev.uplift.api.ApiWorld.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Taking over a fleet: what a file would change, what goes, the way back, and the check. */
class FleetIT {
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

  @Test
  void anExportAppliedChangesNothing() {
    HttpResponse<String> export = world.get("/api/fleet");

    assertThat(export.statusCode()).isEqualTo(200);
    assertThat(export.headers().firstValue("Content-Type")).contains("application/yaml");
    assertThat(export.body()).doesNotContain("apps:");
    JsonNode applied = world.json(apply(export.body(), "?prune=true", null));
    for (String none : List.of("created", "changed", "deleted", "not_named", "differences")) {
      assertThat(applied.get(none)).as(none).isEmpty();
    }
    assertThat(world.get("/api/fleet").body()).isEqualTo(export.body());
  }

  @Test
  void whatTheFileDoesNotNameIsToldAndKept() {
    JsonNode told =
        world.json(apply("hosts: {web-1: {labels: {rack: \"7\"}}}", "?dry_run=true", null));

    assertThat(told.get("changed").toString()).isEqualTo("[\"hosts/web-1\"]");
    assertThat(told.get("differences").toString())
        .isEqualTo("[{\"object\":\"hosts/web-1\",\"key\":\"labels\",\"after\":{\"rack\":\"7\"}}]");
    assertThat(told.get("deleted")).isEmpty();
    assertThat(strings(told.get("not_named"))).contains("hosts/gone", "tenants/acme");
  }

  @Test
  void pruningDeletesWhatIsNotNamedAndIsAudited() {
    String before = world.get("/api/fleet").body();
    apply(before + tenant("extra", 700) + tenant("extra-two", 701), "", null);

    JsonNode tried = world.json(apply(before, "?dry_run=true&prune=true", null));
    assertThat(strings(tried.get("deleted"))).containsExactly("tenants/extra", "tenants/extra-two");
    assertThat(world.get("/api/tenants/extra").statusCode()).isEqualTo(200);
    JsonNode applied = world.json(apply(before, "?prune=true", null));

    assertThat(applied.get("deleted")).isEqualTo(tried.get("deleted"));
    assertThat(world.get("/api/tenants/extra").statusCode()).isEqualTo(404);
    assertThat(world.get("/api/fleet").body()).isEqualTo(before);
    JsonNode newest = world.json(world.get("/api/audit?limit=1")).get("entries").get(0);
    assertThat(newest.get("action").asString()).isEqualTo("registry.delete");
    assertThat(newest.get("object").asString()).isEqualTo("tenants/extra-two");
  }

  @Test
  void aBusyTenantIsNotPrunedAndNothingIsApplied() throws Exception {
    String before = world.get("/api/fleet").body();
    apply(before + tenant("busy", 710), "", null);
    String withBusy = world.get("/api/fleet").body();
    String upgrade = upgrade("busy", "v0.4.0");

    HttpResponse<String> refused =
        apply(before.replace("web-1: {}", "web-1: {labels: {rack: \"8\"}}"), "?prune=true", null);

    assertThat(refused.statusCode()).isEqualTo(409);
    JsonNode problem = world.json(refused);
    assertThat(problem.get("detail").asString())
        .contains("Nothing was applied", "busy is being upgraded", upgrade);
    assertThat(problem.get("tenants").get("busy").asString()).isEqualTo(upgrade);
    assertThat(world.get("/api/fleet").body()).isEqualTo(withBusy);
    world.post("/api/upgrades/" + upgrade + "/cancel", "{}");
    eventually(() -> !status(upgrade).equals("running"));
    assertThat(apply(before, "?prune=true", null).statusCode()).isEqualTo(200);
  }

  @Test
  void aHeldTenantIsNotPruned() throws Exception {
    String before = world.get("/api/fleet").body();
    apply(before + tenant("held", 720), "", null);
    String upgrade = upgrade("held", "v0.6.0");
    eventually(() -> status(upgrade).equals("needs_attention"));

    HttpResponse<String> refused = apply(before, "?prune=true&dry_run=true", null);

    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("held needs a person since upgrade " + upgrade);
    assertThat(world.delete("/api/tenants/held").statusCode()).isEqualTo(204);
  }

  @Test
  void aRegistryThatChangedSinceSomebodyLookedIsNotPruned() {
    String before = world.get("/api/fleet").body();
    String seen =
        apply(before, "?dry_run=true&prune=true", null).headers().firstValue("ETag").orElseThrow();
    apply(before + tenant("late", 730), "", null);

    HttpResponse<String> refused = apply(before, "?prune=true", seen);

    assertThat(refused.statusCode()).isEqualTo(412);
    assertThat(world.get("/api/tenants/late").statusCode()).isEqualTo(200);
    String now = world.get("/api/fleet").headers().firstValue("ETag").orElseThrow();
    assertThat(apply(before, "?prune=true", now).statusCode()).isEqualTo(200);
  }

  @Test
  void aHostThatATenantOfTheFileNeedsIsNotPrunedAway() {
    HttpResponse<String> refused =
        apply("tenants:\n" + tenant("acme", 800), "?prune=true&dry_run=true", null);

    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("tenants.acme.host: there is no host web-1");
  }

  @Test
  void aPasswordInAnUpstreamIsRefusedAndNotRepeated() {
    for (String url :
        List.of(
            "https://bob:hunter2@git.example/a.git",
            "https://hunter2@git.example/a.git",
            "ssh://bob:hunter2@git.example/a.git",
            "bob:hunter2@git.example:a.git")) {
      HttpResponse<String> refused =
          apply(
              """
              apps:
                shop: {upstream: {url: "%s"}, database: a.db, services: ["{slug}"], health: [{url: "http://127.0.0.1/"}]}
              """
                  .formatted(url),
              "",
              null);

      assertThat(refused.statusCode()).as(url).isEqualTo(400);
      assertThat(refused.body())
          .contains("apps.shop.upstream", "credentials")
          .doesNotContain("hunter2");
    }
  }

  @Test
  void onlyAnAdministratorAppliesAndWhoReadsMayExport() {
    assertThat(world.send(world.request("/api/fleet", world.reader).GET()).statusCode())
        .isEqualTo(200);
    assertThat(
            world
                .send(
                    world
                        .request("/api/fleet?dry_run=true", world.upgrader)
                        .header("Content-Type", "application/yaml")
                        .POST(BodyPublishers.ofString("hosts: {}")))
                .statusCode())
        .isEqualTo(403);
  }

  @Test
  void aTenantIsCheckedOnItsHost() {
    HttpResponse<String> ready = world.post("/api/tenants/acme/check", "{}");
    assertThat(ready.statusCode()).as(ready.body()).isEqualTo(200);
    assertThat(world.json(ready).toString())
        .isEqualTo(
            "{\"ready\":true,\"deployed_version\":\"v0.2.0\",\"deployed_commit\":\"295fb7f\","
                + "\"target_version\":\"v0.3.0\",\"upgrade_available\":true,\"healthy\":true,"
                + "\"units\":[{\"name\":\"acme-api\",\"running\":true}],\"database_bytes\":4096,"
                + "\"warnings\":[],\"checked_at\":\"2026-01-02T03:04:05Z\"}");

    HttpResponse<String> refused =
        world.post("/api/tenants/acme/check", "{\"target_version\": \"v0.3.0\"}");
    assertThat(refused.statusCode()).isEqualTo(200);
    assertThat(world.json(refused).get("ready").asBoolean()).isFalse();
    assertThat(world.json(refused).at("/failure/kind").asString()).isEqualTo("unhealthy");
  }

  @Test
  void aCheckThatCannotBeMadeSaysWhy() {
    HttpResponse<String> away = world.post("/api/tenants/lost/check", "{}");
    assertThat(away.statusCode()).isEqualTo(503);
    assertThat(away.body()).contains("Host does not answer").containsIgnoringCase("host gone");

    assertThat(world.post("/api/tenants/nobody/check", "{}").statusCode()).isEqualTo(404);
    assertThat(world.post("/api/tenants/acme/check", "{\"to\": \"v1\"}").statusCode())
        .isEqualTo(400);
    assertThat(
            world
                .send(
                    world
                        .request("/api/tenants/acme/check", world.reader)
                        .POST(BodyPublishers.noBody()))
                .statusCode())
        .isEqualTo(403);
  }

  private static String tenant(String id, int port) {
    return "  %s: {app: cbapp, host: web-1, path: /srv/%s, ports: {api: %d1, frontend: %d2}}\n"
        .formatted(id, id, port, port);
  }

  private static String upgrade(String tenant, String target) {
    HttpResponse<String> started =
        world.send(
            world
                .request("/api/tenants/" + tenant + "/upgrade", world.admin)
                .header("Content-Type", "application/json")
                .header("Prefer", "respond-async")
                .POST(BodyPublishers.ofString("{\"target_version\": \"" + target + "\"}")));
    assertThat(started.statusCode()).as(started.body()).isEqualTo(202);
    return world.json(started).get("upgrade_id").asString();
  }

  private static String status(String upgrade) {
    return world.json(world.get("/api/upgrades/" + upgrade)).get("status").asString();
  }

  private static HttpResponse<String> apply(String fleet, String query, String onlyIf) {
    var request =
        world
            .request("/api/fleet" + query, world.admin)
            .header("Content-Type", "application/yaml")
            .POST(BodyPublishers.ofString(fleet));
    return world.send(onlyIf == null ? request : request.header("If-Match", onlyIf));
  }

  private static List<String> strings(JsonNode array) {
    List<String> strings = new ArrayList<>();
    array.forEach(one -> strings.add(one.asString()));
    return strings;
  }
}
