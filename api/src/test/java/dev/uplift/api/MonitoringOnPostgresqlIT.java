package dev.uplift.api;

import dev.uplift.api.registry.PostgresqlRegistry;
import dev.uplift.api.registry.RegistryAddress;
import org.junit.jupiter.api.Tag;

/** What is counted is counted in PostgreSQL as well. */
@Tag("full")
class MonitoringOnPostgresqlIT extends MonitoringIT {
  @Override
  RegistryAddress registry() {
    return PostgresqlRegistry.empty();
  }
}
