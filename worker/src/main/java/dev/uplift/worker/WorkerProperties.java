package dev.uplift.worker;

import dev.uplift.engine.EngineAddress;
import dev.uplift.engine.EngineSecurity;
import dev.uplift.host.HostConfiguration;
import dev.uplift.tenant.HostName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The configuration of a worker.
 *
 * @param drain how long running steps may take to end after SIGTERM
 */
@ConfigurationProperties(prefix = "uplift", ignoreUnknownFields = false)
record WorkerProperties(
    @DefaultValue({"workflows", "host"}) Set<Role> roles,
    @DefaultValue EngineProperties engine,
    HostProperties host,
    @DefaultValue("30m") Duration drain) {

  enum Role {
    /** Runs workflows: any number of these, anywhere. */
    WORKFLOWS,
    /** Carries out steps on this host. */
    HOST
  }

  /**
   * @param target {@code host:port} of the Temporal server
   * @param apiKeyFile holds a key that is sent with each call, over TLS
   * @param insecure whether the engine may be on another machine and not know who calls
   */
  record EngineProperties(
      @DefaultValue("127.0.0.1:7233") String target,
      @DefaultValue("default") String namespace,
      @DefaultValue("false") boolean embedded,
      @DefaultValue TlsProperties tls,
      Path apiKeyFile,
      @DefaultValue("false") boolean insecure) {}

  /** Files in PEM; what they mean, {@link EngineSecurity} says. */
  record TlsProperties(Path caFile, Path certFile, Path keyFile, String serverName) {}

  /**
   * @param keepFree what must stay free on each file system
   */
  record HostProperties(
      String name,
      Path state,
      List<Path> roots,
      String units,
      Path serviceDefinitions,
      @DefaultValue("256MB") DataSize keepFree,
      @DefaultValue("2m") Duration lease) {}

  WorkerProperties {
    if (roles.contains(Role.HOST) && host == null) {
      throw new IllegalArgumentException(
          "a worker with the role 'host' needs uplift.host.name, uplift.host.state and uplift.host.roots");
    }
  }

  EngineAddress engineAddress() {
    TlsProperties tls = engine.tls();
    EngineSecurity security =
        new EngineSecurity(
            tls.caFile(),
            tls.certFile(),
            tls.keyFile(),
            tls.serverName(),
            engine.apiKeyFile(),
            engine.insecure());
    return new EngineAddress(engine.target(), engine.namespace(), engine.embedded(), security);
  }

  HostName hostName() {
    return HostName.of(host.name());
  }

  HostConfiguration hostConfiguration(Path realState) {
    return new HostConfiguration(
        hostName(),
        realState,
        host.roots(),
        host.units() == null ? null : Pattern.compile(host.units()),
        host.serviceDefinitions(),
        host.keepFree().toBytes(),
        host.lease());
  }
}
