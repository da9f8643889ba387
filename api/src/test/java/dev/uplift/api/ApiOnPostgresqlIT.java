package dev.uplift.api;

import dev.uplift.api.registry.PostgresqlRegistry;
import dev.uplift.api.registry.RegistryAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/** All that the API answers, with its registry in PostgreSQL. */
@Tag("full")
class ApiOnPostgresqlIT extends ApiIT {
  @Override
  RegistryAddress registry(Path directory) {
    return PostgresqlRegistry.empty();
  }
}
