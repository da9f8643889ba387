package dev.uplift.api.token;

import com.zaxxer.hikari.HikariDataSource;
import dev.uplift.api.audit.AuditLog;
import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.registry.RegistryDatabase;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Tokens from the command line: without HTTP, since the first token has to come from somewhere, and
 * whether the API runs or not.
 */
public final class Tokens {
  private static final String WHO = "command line, as " + System.getProperty("user.name");

  private Tokens() {}

  /**
   * Makes a token and returns it; it cannot be had again later.
   *
   * @throws IllegalArgumentException if name, scopes or time are unusable or the name is taken
   */
  public static String create(
      Path registryFile, String name, Set<Scope> scopes, Duration validFor) {
    return create(RegistryAddress.file(registryFile), name, scopes, validFor);
  }

  /**
   * {@link #create(Path, String, Set, Duration)} in any registry.
   *
   * @throws IllegalArgumentException if name, scopes or time are unusable or the name is taken
   */
  public static String create(
      RegistryAddress registry, String name, Set<Scope> scopes, Duration validFor) {
    return with(registry, tokens -> tokens.create(name, scopes, validFor, WHO));
  }

  public static List<TokenInfo> list(RegistryAddress registry) {
    return with(registry, TokenStore::list);
  }

  /** Whether there was such a token. From now on it opens nothing. */
  public static boolean revoke(RegistryAddress registry, String name) {
    return with(registry, tokens -> tokens.revoke(name, WHO));
  }

  private static <T> T with(RegistryAddress registry, Function<TokenStore, T> work) {
    try (HikariDataSource database = RegistryDatabase.open(registry)) {
      JdbcClient client = JdbcClient.create(database);
      Clock clock = Clock.systemUTC();
      return work.apply(
          new TokenStore(
              client,
              new AuditLog(client, clock),
              clock,
              new TransactionTemplate(new JdbcTransactionManager(database))));
    }
  }
}
