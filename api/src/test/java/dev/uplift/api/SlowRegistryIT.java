package dev.uplift.api;

import static dev.uplift.api.ApiWorld.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.uplift.api.registry.PostgresqlRegistry;
import dev.uplift.api.registry.RegistryDatabase;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Somebody changes the registry, and takes long for it, while an upgrade is asked for. */
@Tag("full")
@Timeout(240)
class SlowRegistryIT {
  @Test
  void anUpgradeThatIsEnteredAfterItsCallerWasAnsweredIsNotStarted() throws Exception {
    try (ApiWorld world = new ApiWorld(PostgresqlRegistry.empty());
        HikariDataSource database = RegistryDatabase.open(world.registry);
        Connection other = database.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("lock table host, app, tenant in share row exclusive mode");

      HttpResponse<String> response =
          world.post("/api/tenants/acme/upgrade", "{\"target_version\": \"v0.3.0\"}");
      other.rollback();

      assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
      JsonNode problem = world.json(response);
      assertThat(problem.get("detail").asString()).contains("not confirmed");
      String id = problem.get("upgrade_id").asString();
      assertThat(response.headers().firstValue("Location")).contains("/api/upgrades/" + id);
      eventually(() -> world.get("/api/audit?upgrade_id=" + id).body().contains("withdrawn"));
      assertThat(world.get("/api/upgrades/" + id).statusCode()).isEqualTo(404);
      assertThat(FakeUpgrade.PLANS).isEmpty();
      assertThat(
              world
                  .post("/api/tenants/acme/upgrade", "{\"target_version\": \"v0.3.0\"}")
                  .statusCode())
          .isEqualTo(200);
    }
  }
}
