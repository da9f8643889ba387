package dev.uplift.api;

import dev.uplift.api.registry.PostgresqlRegistry;
import dev.uplift.api.registry.RegistryAddress;
import org.junit.jupiter.api.Tag;

/** Notifications are kept in PostgreSQL as well. */
@Tag("full")
class NotifyOnPostgresqlIT extends NotifyIT {
  @Override
  RegistryAddress registry() {
    return PostgresqlRegistry.empty();
  }
}
