package dev.uplift.api;

import dev.uplift.api.registry.PostgresqlRegistry;
import dev.uplift.api.registry.RegistryAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/** The same with the registry in PostgreSQL. */
@Tag("full")
class RolloutOnPostgresqlIT extends RolloutIT {
  @Override
  RegistryAddress registry(Path directory) {
    return PostgresqlRegistry.empty();
  }
}
