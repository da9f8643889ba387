package dev.uplift.api.registry;

import org.junit.jupiter.api.Tag;

@Tag("full")
class OldUpgradesOnPostgresqlIT extends OldUpgradesTest {
  @Override
  RegistryAddress registry() {
    return PostgresqlRegistry.empty();
  }

  @Override
  String url(RegistryAddress registry) {
    return registry.database();
  }

  @Override
  String vendor() {
    return "postgresql";
  }
}
