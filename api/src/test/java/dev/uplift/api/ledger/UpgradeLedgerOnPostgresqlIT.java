package dev.uplift.api.ledger;

import dev.uplift.api.registry.PostgresqlRegistry;
import dev.uplift.api.registry.RegistryAddress;
import org.junit.jupiter.api.Tag;

@Tag("full")
class UpgradeLedgerOnPostgresqlIT extends UpgradeLedgerTest {
  @Override
  RegistryAddress registry() {
    return PostgresqlRegistry.empty();
  }
}
