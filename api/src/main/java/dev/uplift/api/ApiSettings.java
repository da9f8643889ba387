package dev.uplift.api;

import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.engine.EngineAddress;
import dev.uplift.engine.EngineSecurity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.FileSystemResource;

/**
 * What the operator decides, in {@code uplift-api.yml}, the environment or on the command line.
 *
 * @param bind the address that is listened on
 * @param port 0 takes any free one
 * @param database the file of registry, ledger, tokens and audit log, or the {@code
 *     jdbc:postgresql:} URL of a database
 * @param databaseUser as whom to log in to PostgreSQL
 * @param databasePasswordFile holds the password for that
 * @param publicUrl under which others reach the API, for links; null if nobody said
 * @param behindProxy whether something before it encrypts, so that it may listen beyond loopback
 *     without doing so itself
 */
@ConfigurationProperties("uplift")
public record ApiSettings(
    @DefaultValue("127.0.0.1") InetAddress bind,
    @DefaultValue("32201") int port,
    @DefaultValue("state/registry.db") String database,
    String databaseUser,
    Path databasePasswordFile,
    @DefaultValue EngineSettings engine,
    URI publicUrl,
    @DefaultValue("false") boolean behindProxy) {

  /**
   * What the API would be told by {@code config} and the environment.
   *
   * @throws IOException if the file cannot be read
   */
  public static ApiSettings read(Path config) throws IOException {
    StandardEnvironment environment = new StandardEnvironment();
    new YamlPropertySourceLoader()
        .load(config.toString(), new FileSystemResource(config))
        .forEach(environment.getPropertySources()::addLast);
    return Binder.get(environment).bindOrCreate("uplift", ApiSettings.class);
  }

  public RegistryAddress registry() {
    return new RegistryAddress(database, databaseUser, databasePasswordFile);
  }

  /**
   * @param target {@code host:port} of the Temporal server
   * @param embedded whether it is the embedded engine of the demo
   * @param apiKeyFile holds a key that is sent with each call, over TLS
   * @param insecure whether the engine may be on another machine and not know who calls
   */
  public record EngineSettings(
      @DefaultValue("127.0.0.1:7233") String target,
      @DefaultValue("default") String namespace,
      @DefaultValue("false") boolean embedded,
      @DefaultValue TlsSettings tls,
      Path apiKeyFile,
      @DefaultValue("false") boolean insecure) {

    public EngineAddress address() {
      EngineSecurity security =
          new EngineSecurity(
              tls.caFile(), tls.certFile(), tls.keyFile(), tls.serverName(), apiKeyFile, insecure);
      return new EngineAddress(target, namespace, embedded, security);
    }
  }

  /** Files in PEM; what they mean, {@link EngineSecurity} says. */
  public record TlsSettings(Path caFile, Path certFile, Path keyFile, String serverName) {}
}
