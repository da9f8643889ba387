package dev.uplift.api;

import static dev.uplift.api.ApiWorld.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.api.registry.RegistryAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Health, metrics and the audit log of the API. */
@Timeout(240)
class MonitoringIT {
  @TempDir private Path directory;

  @Test
  void healthIsOpenButItsDetailsAreNotAndTheEngineCounts() throws Exception {
    try (ApiWorld world = new ApiWorld(registry())) {
      eventually(() -> status(world, null, "/actuator/health/readiness") == 200);
      assertThat(body(world, null, "/actuator/health/liveness")).isEqualTo("{\"status\":\"UP\"}");
      assertThat(world.json(get(world, null, "/actuator/health")).has("components")).isFalse();

      JsonNode detailed = world.json(get(world, world.reader, "/actuator/health"));
      assertThat(detailed.at("/components/engine/status").asString()).isEqualTo("UP");
      assertThat(detailed.at("/components/db/status").asString()).isEqualTo("UP");
      assertThat(status(world, "uplift_wrong", "/actuator/health")).isEqualTo(401);
      assertThat(status(world, null, "/actuator")).isEqualTo(401);
      assertThat(status(world, world.admin, "/actuator/env")).isEqualTo(404);

      world.engine.close();

      eventually(() -> status(world, null, "/actuator/health/readiness") == 503);
      assertThat(status(world, null, "/actuator/health/liveness")).isEqualTo(200);
      assertThat(metric(world, "uplift_engine_up")).isEqualTo("0.0");
    }
  }

  @Test
  void metricsNeedATokenAndCountWhatTheLedgerKnowsAlsoAfterARestart() throws Exception {
    try (ApiWorld world = new ApiWorld(registry())) {
      assertThat(status(world, null, "/actuator/prometheus")).isEqualTo(401);
      eventually(() -> metric(world, "uplift_engine_up").equals("1.0"));
      assertThat(
              metric(world, "uplift_upgrades_total{operation=\"upgrade\",outcome=\"rolled_back\"}"))
          .isEqualTo("0.0");
      upgrade(world, "acme", "v0.3.0");
      upgrade(world, "acme", "v0.3.0");
      upgrade(world, "acme", "v0.5.0");
      upgrade(world, "acme", "v0.8.0");
      upgrade(world, "zeta", "v0.6.0");

      assertCounted(world);
      world.stopApi();
      world.startApi();
      assertCounted(world);

      // A held tenant that a person has released is held no more.
      assertThat(metric(world, "uplift_tenants_held")).isEqualTo("1.0");
      world.post("/api/tenants/zeta/release", "{\"reason\": \"repaired\"}");
      assertThat(metric(world, "uplift_tenants_held")).isEqualTo("0.0");
    }
  }

  private static void assertCounted(ApiWorld world) {
    String all = body(world, world.reader, "/actuator/prometheus");
    // The fake upgrade's downtime is 1.234 s, whatever its outcome.
    assertThat(all.lines())
        .contains(
            "uplift_upgrades_total{operation=\"upgrade\",outcome=\"success\"} 2.0",
            "uplift_upgrades_total{operation=\"upgrade\",outcome=\"rolled_back\"} 1.0",
            "uplift_upgrades_total{operation=\"upgrade\",outcome=\"rejected\"} 1.0",
            "uplift_upgrades_total{operation=\"upgrade\",outcome=\"needs_attention\"} 1.0",
            "uplift_upgrade_failures_total{kind=\"migration_failed\",operation=\"upgrade\",outcome=\"rolled_back\"} 1.0",
            "uplift_upgrade_failures_total{kind=\"tag_missing\",operation=\"upgrade\",outcome=\"rejected\"} 1.0",
            "uplift_upgrade_downtime_seconds_bucket{operation=\"upgrade\",outcome=\"success\",le=\"1.0\"} 0",
            "uplift_upgrade_downtime_seconds_bucket{operation=\"upgrade\",outcome=\"success\",le=\"2.0\"} 2",
            "uplift_upgrade_downtime_seconds_bucket{operation=\"upgrade\",outcome=\"success\",le=\"+Inf\"} 2",
            "uplift_upgrade_downtime_seconds_count{operation=\"upgrade\",outcome=\"success\"} 2",
            "uplift_upgrade_downtime_seconds_sum{operation=\"upgrade\",outcome=\"success\"} 2.468",
            "uplift_tenants 3.0",
            "uplift_tenants_busy 0.0",
            "uplift_registry_up 1.0");
  }

  @Test
  void theAuditLogSaysWhoDidWhatToWhichObjectAndWhy() throws Exception {
    try (ApiWorld world = new ApiWorld(registry())) {
      upgrade(world, "acme", "v0.3.0");
      world.post(
          "/api/tenants/acme/upgrade",
          "{\"target_version\": \"v0.3.0\", \"force\": true, \"reason\": \"asked for by Uma\"}");
      String id = startAndCancel(world);
      world.put(
          "/api/tenants/acme",
          "{\"app\":\"cbapp\",\"host\":\"web-1\",\"path\":\"/srv/acme2\",\"ports\":{\"api\":8001,\"frontend\":8002}}");
      world.delete("/api/tenants/acme");

      JsonNode ofAcme = entries(world, "?object=tenants/acme");
      assertThat(ofAcme.findValuesAsString("action"))
          .containsExactly(
              "registry.delete",
              "registry.change",
              "upgrade.cancel",
              "upgrade.start",
              "upgrade.force",
              "upgrade.start",
              "registry.create");
      assertThat(ofAcme.findValuesAsString("who")).containsOnly("ada");
      assertThat(ofAcme.at("/2/reason").asString()).isEqualTo("wrong release");
      assertThat(ofAcme.at("/2/upgrade_id").asString()).isEqualTo(id);
      assertThat(ofAcme.at("/4/reason").asString()).isEqualTo("asked for by Uma");
      assertThat(ofAcme.at("/0").has("upgrade_id")).isFalse();

      assertThat(entries(world, "?upgrade_id=" + id).findValuesAsString("action"))
          .containsExactly("upgrade.cancel", "upgrade.start");
      assertThat(entries(world, "?object=tokens/ada").findValuesAsString("action"))
          .containsExactly("token.create");
      assertThat(entries(world, "?object=tokens/ada").at("/0/who").asString())
          .isEqualTo("command line, as " + System.getProperty("user.name"));
      assertThat(entries(world, "?who=nobody")).isEmpty();
    }
  }

  @Test
  void theAuditLogIsReadInPagesThatKeepTheirFilter() throws Exception {
    try (ApiWorld world = new ApiWorld(registry())) {
      upgrade(world, "acme", "v0.3.0");
      upgrade(world, "acme", "v0.3.0");

      JsonNode first = world.json(world.get("/api/audit?object=tenants/acme&limit=2"));
      assertThat(first.get("entries").findValuesAsString("action"))
          .containsExactly("upgrade.start", "upgrade.start");
      JsonNode last = world.json(world.get(first.get("next").asString()));
      assertThat(last.get("entries").findValuesAsString("action"))
          .isEqualTo(List.of("registry.create"));
      assertThat(last.has("next")).isFalse();
    }
  }

  private static String startAndCancel(ApiWorld world) throws Exception {
    HttpResponse<String> started =
        world.send(
            world
                .request("/api/tenants/acme/upgrade", world.admin)
                .header("Content-Type", "application/json")
                .header("Prefer", "respond-async")
                .POST(BodyPublishers.ofString("{\"target_version\": \"v0.4.0\"}")));
    String id = world.json(started).get("upgrade_id").asString();
    HttpResponse<String> cancelled =
        world.post("/api/upgrades/" + id + "/cancel", "{\"reason\": \"wrong release\"}");
    assertThat(cancelled.statusCode()).as(cancelled.body()).isEqualTo(202);
    eventually(() -> !world.get("/api/upgrades/" + id).body().contains("running"));
    return id;
  }

  private static JsonNode entries(ApiWorld world, String query) {
    return world.json(world.get("/api/audit" + query)).get("entries");
  }

  private static void upgrade(ApiWorld world, String tenant, String tag) {
    world.post("/api/tenants/" + tenant + "/upgrade", "{\"target_version\": \"" + tag + "\"}");
  }

  /** The value of a sample; empty if there is none. */
  private static String metric(ApiWorld world, String sample) {
    return body(world, world.reader, "/actuator/prometheus")
        .lines()
        .filter(line -> line.startsWith(sample + " "))
        .map(line -> line.substring(sample.length() + 1))
        .findFirst()
        .orElse("");
  }

  private static String body(ApiWorld world, String token, String path) {
    return get(world, token, path).body();
  }

  private static int status(ApiWorld world, String token, String path) {
    return get(world, token, path).statusCode();
  }

  private static HttpResponse<String> get(ApiWorld world, String token, String path) {
    return world.send(world.request(path, token).GET());
  }

  RegistryAddress registry() {
    return RegistryAddress.file(directory.resolve("registry.db"));
  }
}
