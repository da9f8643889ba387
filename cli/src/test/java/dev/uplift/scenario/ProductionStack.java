package dev.uplift.scenario;

import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.engine.EngineSecurity;
import dev.uplift.sandbox.engine.EngineProcess;
import dev.uplift.sandbox.engine.FrontendTls;
import dev.uplift.sandbox.engine.ProductionPrograms;
import dev.uplift.sandbox.engine.ProductionServer;
import dev.uplift.sandbox.engine.TestAuthority;
import dev.uplift.sandbox.postgres.PostgresCluster;
import java.nio.file.Path;
import java.util.Map;

/**
 * What docker-compose.yml runs beside the API and workers, without containers: PostgreSQL, and on
 * it a Temporal cluster that talks only to those who show a certificate.
 */
final class ProductionStack implements AutoCloseable {
  private final PostgresCluster postgres;
  private final ProductionServer server;
  private final RegistryAddress registry;
  private final Path caFile;
  private final TestAuthority.Issued certificate;

  ProductionStack(Path directory) {
    TestAuthority authority = new TestAuthority(directory.resolve("certificates"));
    caFile = authority.caFile();
    certificate = authority.issue("uplift");
    EngineSecurity client =
        new EngineSecurity(caFile, certificate.certificate(), certificate.key(), null, null, false);
    postgres = PostgresCluster.start();
    boolean prepared = false;
    try {
      registry =
          new RegistryAddress(
              postgres.createDatabase("uplift"), PostgresCluster.USER, postgres.passwordFile());
      server =
          ProductionServer.prepare(
              ProductionPrograms.find().orElseThrow(),
              postgres,
              directory.resolve("temporal"),
              new FrontendTls(authority.issue("temporal"), caFile, true, null),
              client);
      prepared = true;
    } finally {
      if (!prepared) {
        postgres.close();
      }
    }
  }

  static boolean isAvailable() {
    return PostgresCluster.isAvailable() && ProductionPrograms.find().isPresent();
  }

  EngineProcess startServer() {
    return server.start();
  }

  RegistryAddress registry() {
    return registry;
  }

  PostgresCluster postgres() {
    return postgres;
  }

  /** What API and workers must be told. */
  Map<String, Path> tlsSettings() {
    return Map.of(
        "uplift.engine.tls.ca-file", caFile,
        "uplift.engine.tls.cert-file", certificate.certificate(),
        "uplift.engine.tls.key-file", certificate.key());
  }

  @Override
  public void close() {
    postgres.close();
  }
}
