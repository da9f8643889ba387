package dev.uplift.api.token;

import com.zaxxer.hikari.HikariDataSource;
import dev.uplift.api.registry.PostgresqlRegistry;
import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.registry.RegistryDatabase;
import org.junit.jupiter.api.Tag;
import org.springframework.jdbc.core.simple.JdbcClient;

@Tag("full")
class TokensOnPostgresqlIT extends TokensTest {
  private RegistryAddress registry;

  @Override
  RegistryAddress registry() {
    registry = PostgresqlRegistry.empty();
    return registry;
  }

  @Override
  String stored() {
    try (HikariDataSource database = RegistryDatabase.open(registry)) {
      return JdbcClient.create(database).sql("select * from token").query().listOfRows().toString();
    }
  }
}
