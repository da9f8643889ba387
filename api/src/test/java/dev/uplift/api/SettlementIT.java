package dev.uplift.api;

import static dev.uplift.api.ApiWorld.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.uplift.api.registry.RegistryDatabase;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Upgrades that end without telling, and that nobody asks for. */
@Tag("full")
class SettlementIT {
  /** Should its look at the start miss something, that of the next minute finds it. */
  private static final Duration TWO_LOOKS = Duration.ofSeconds(90);

  @TempDir private Path directory;

  @Test
  void theyAreFoundAndToldWithoutAnybodyAsking() throws Exception {
    try (ApiWorld world =
            new ApiWorld(
                directory,
                "--uplift.notify.pager.events=lost",
                "--uplift.notify.pager.command.run[0]=/bin/true");
        HikariDataSource database = RegistryDatabase.open(world.registry)) {
      JdbcClient registry = JdbcClient.create(database);
      String goesOn = start(world, "acme");
      String terminated = start(world, "zeta");
      String neverTaken = UUID.randomUUID().toString();
      registry
          .sql("insert into upgrade (id, tenant, requested_at) values (?, 'lost', ?)")
          .params(neverTaken, Clock.systemUTC().instant().toString())
          .update();
      registry
          .sql("update upgrade set requested_at = ?")
          .param(Clock.systemUTC().instant().minusSeconds(90).toString())
          .update();
      world.connection.client().newUntypedWorkflowStub("upgrade/zeta").terminate("by hand");

      // It looks at its start as well.
      world.stopApi();
      world.startApi();

      eventually(TWO_LOOKS, () -> status(registry, terminated).equals("lost"));
      eventually(TWO_LOOKS, () -> status(registry, neverTaken).equals("not_started"));
      assertThat(status(registry, goesOn)).isEqualTo("running");
      eventually(
          () ->
              registry
                  .sql("select status from notification where event = 'lost' and upgrade_id = ?")
                  .param(terminated)
                  .query(String.class)
                  .optional()
                  .filter("delivered"::equals)
                  .isPresent());
      assertThat(world.delete("/api/tenants/zeta").statusCode()).isEqualTo(204);
    }
  }

  private static String start(ApiWorld world, String tenant) {
    HttpResponse<String> started =
        world.send(
            world
                .request("/api/tenants/" + tenant + "/upgrade", world.admin)
                .header("Content-Type", "application/json")
                .header("Prefer", "respond-async")
                .POST(BodyPublishers.ofString("{\"target_version\": \"v0.4.0\"}")));
    assertThat(started.statusCode()).as(started.body()).isEqualTo(202);
    return world.json(started).get("upgrade_id").asString();
  }

  private static String status(JdbcClient registry, String upgrade) {
    return registry
        .sql("select coalesce(status, 'running') from upgrade where id = ?")
        .param(upgrade)
        .query(String.class)
        .single();
  }
}
