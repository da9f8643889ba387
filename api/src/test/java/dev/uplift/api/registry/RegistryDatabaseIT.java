package dev.uplift.api.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The registry in PostgreSQL, as far as it differs from a file. */
@Tag("full")
class RegistryDatabaseIT {
  private static final Duration PATIENT = Duration.ofMinutes(1);
  @TempDir private Path directory;

  @Test
  void bothKindsOfDatabaseHaveTheSameTablesAndVersions() throws Exception {
    try (HikariDataSource postgresql = RegistryDatabase.open(PostgresqlRegistry.empty());
        HikariDataSource sqlite =
            RegistryDatabase.open(RegistryAddress.file(directory.resolve("registry.db")))) {
      assertThat(columns(postgresql, "table_schema = 'public'", "information_schema.columns"))
          .isEqualTo(columns(sqlite));
    }
    assertThat(migrations("postgresql")).isNotEmpty().isEqualTo(migrations("sqlite"));
  }

  @Test
  void theAuditLogCannotBeChangedThereEither() {
    try (HikariDataSource opened = RegistryDatabase.open(PostgresqlRegistry.empty())) {
      JdbcClient database = JdbcClient.create(opened);
      database
          .sql("insert into audit (at, who, action, object) values ('now', 'ada', 'x', 'y')")
          .update();

      for (String change :
          List.of("update audit set who = 'eve'", "delete from audit", "truncate audit")) {
        assertThatThrownBy(() -> database.sql(change).update())
            .rootCause()
            .hasMessageContaining("the audit log is append-only");
      }
      assertThat(database.sql("select who from audit").query(String.class).single())
          .isEqualTo("ada");
    }
  }

  @Test
  void namesAreOrderedByteByByteAsInAFile() {
    try (HikariDataSource opened = RegistryDatabase.open(PostgresqlRegistry.empty())) {
      JdbcClient database = JdbcClient.create(opened);
      Stream.of("b", "a-b", "B", "aa")
          .forEach(
              name ->
                  database
                      .sql("insert into host (name, labels) values (?, '{}')")
                      .param(name)
                      .update());

      assertThat(database.sql("select name from host order by name").query(String.class).list())
          .containsExactly("B", "a-b", "aa", "b");
    }
  }

  @Test
  void aWrongPasswordIsToldAtOnceAndNotRepeated() throws Exception {
    RegistryAddress right = PostgresqlRegistry.empty();
    Path password = Files.writeString(directory.resolve("password"), "hunter2\n");
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));

    assertThatThrownBy(
            () ->
                RegistryDatabase.open(
                    new RegistryAddress(right.database(), right.user(), password), PATIENT))
        .isInstanceOf(RegistrySettingsException.class)
        .hasMessageContaining("refuses user " + right.user())
        .hasMessageContaining("uplift.database-password-file")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void aDatabaseThatIsNotThereIsToldAtOnce() {
    RegistryAddress right = PostgresqlRegistry.empty();
    String missing = right.database() + "x";

    assertThatThrownBy(
            () ->
                RegistryDatabase.open(
                    new RegistryAddress(missing, right.user(), right.passwordFile()), PATIENT))
        .isInstanceOf(RegistrySettingsException.class)
        .hasMessageContaining("there is no database " + missing);
  }

  private static List<String> columns(DataSource database, String where, String from) {
    return JdbcClient.create(database)
        .sql(
            "select table_name || '.' || column_name from "
                + from
                + " where "
                + where
                + " and table_name <> 'flyway_schema_history'")
        .query(String.class)
        .list()
        .stream()
        .sorted()
        .toList();
  }

  private static List<String> columns(DataSource sqlite) {
    return columns(
        sqlite,
        "true",
        "(select m.name as table_name, c.name as column_name from sqlite_schema m"
            + " join pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite_%')");
  }

  private static List<String> migrations(String vendor) throws Exception {
    Resource[] found =
        new PathMatchingResourcePatternResolver()
            .getResources("classpath*:dev/uplift/api/registry/schema/" + vendor + "/*.sql");
    return Stream.of(found).map(Resource::getFilename).sorted().toList();
  }
}
