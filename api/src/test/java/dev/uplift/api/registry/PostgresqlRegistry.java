package dev.uplift.api.registry;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.sandbox.postgres.PostgresCluster;
import java.util.concurrent.atomic.AtomicInteger;

/** Registries in a PostgreSQL server that the tests of this JVM share. */
public final class PostgresqlRegistry {
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static PostgresCluster cluster;

  private PostgresqlRegistry() {}

  /** An empty database; where there is no PostgreSQL, the test is skipped. */
  public static RegistryAddress empty() {
    assumeTrue(
        PostgresCluster.isAvailable(),
        "needs PostgreSQL (package postgresql), and as root its user postgres");
    return in(cluster());
  }

  /** An empty database in a server of the test's own. */
  public static RegistryAddress in(PostgresCluster server) {
    return new RegistryAddress(
        server.createDatabase("registry" + DATABASES.incrementAndGet()),
        PostgresCluster.USER,
        server.passwordFile());
  }

  private static synchronized PostgresCluster cluster() {
    if (cluster == null) {
      cluster = PostgresCluster.start();
      Runtime.getRuntime().addShutdownHook(new Thread(cluster::close));
    }
    return cluster;
  }
}
