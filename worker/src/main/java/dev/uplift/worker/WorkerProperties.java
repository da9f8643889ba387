package dev.uplift.worker;

import dev.uplift.engine.EngineAddress;
import dev.uplift.host.HostConfiguration;
import dev.uplift.tenant.HostName;
import java.net.InetAddress;
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
    EngineProperties engine,
    HostProperties host,
    @DefaultValue ManagementProperties management,
    @DefaultValue("30m") Duration drain) {

  enum Role {
    /** Runs workflows: any number of these, anywhere. */
    WORKFLOWS,
    /** Carries out steps on this host. */
    HOST
  }

  record EngineProperties(
      @DefaultValue("127.0.0.1:7233") String target,
      @DefaultValue("default") String namespace,
      @DefaultValue("false") boolean embedded) {}

  /**
   * Where health and metrics are told.
   *
   * @param port 0 tells them nowhere
   */
  record ManagementProperties(
      @DefaultValue("127.0.0.1") InetAddress bind, @DefaultValue("32202") int port) {}

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
    engine = engine == null ? new EngineProperties("127.0.0.1:7233", "default", false) : engine;
    if (roles.contains(Role.HOST) && host == null) {
      throw new IllegalArgumentException(
          "a worker with the role 'host' needs uplift.host.name, uplift.host.state and uplift.host.roots");
    }
  }

  EngineAddress engineAddress() {
    return new EngineAddress(engine.target(), engine.namespace(), engine.embedded());
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
