package dev.uplift.api.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Upgrades that had ended before the columns were there by which they are counted. */
class OldUpgradesTest {
  @TempDir private Path directory;

  RegistryAddress registry() {
    return RegistryAddress.file(directory.resolve("registry.db"));
  }

  String url(RegistryAddress registry) {
    return "jdbc:sqlite:" + registry.database();
  }

  String vendor() {
    return "sqlite";
  }

  @Test
  void theyAreCountedByTheirReports() {
    RegistryAddress registry = registry();
    DataSource before =
        new DriverManagerDataSource(url(registry), registry.user(), registry.password());
    Flyway.configure()
        .dataSource(before)
        .locations("classpath:dev/uplift/api/registry/schema/" + vendor())
        .target("2")
        .load()
        .migrate();
    JdbcClient old = JdbcClient.create(before);
    enter(old, "1", "{\"failure\":{\"kind\":\"migration_failed\"},\"downtime_ms\":6120}");
    enter(old, "2", "{\"status\":\"success\",\"failure\":null,\"downtime_ms\":1234}");
    enter(old, "3", "{\"failure\":{\"kind\":\"busy\"}}");
    enter(old, "4", null);
    // One that a database may be unable to read keeps nobody from starting.
    enter(old, "5", "{\"failure\":{\"kind\":\"busy\",\"evidence\":\"a\\u0000b\"}}");

    try (HikariDataSource now = RegistryDatabase.open(registry)) {
      JdbcClient database = JdbcClient.create(now);
      assertThat(counted(database, "1")).containsValues("migration_failed", "6120");
      assertThat(counted(database, "2")).containsEntry("kind", null).containsValue("1234");
      assertThat(counted(database, "3")).containsEntry("downtime", null).containsValue("busy");
      assertThat(counted(database, "4"))
          .containsEntry("kind", null)
          .containsEntry("downtime", null);
    }
  }

  private static void enter(JdbcClient database, String id, String report) {
    database
        .sql("insert into upgrade (id, tenant, requested_at, report) values (?, 'acme', 'then', ?)")
        .params(id, report)
        .update();
  }

  private static Map<String, Object> counted(JdbcClient database, String id) {
    return database
        .sql(
            "select failure_kind as kind, cast(downtime_ms as text) as downtime from upgrade"
                + " where id = ?")
        .param(id)
        .query()
        .singleRow();
  }
}
