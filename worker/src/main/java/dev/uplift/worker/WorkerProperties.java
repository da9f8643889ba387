package dev.uplift.worker;

import dev.uplift.backup.StoredKind;
import dev.uplift.engine.EngineAddress;
import dev.uplift.engine.EngineSecurity;
import dev.uplift.host.HostConfiguration;
import dev.uplift.retention.Limits;
import dev.uplift.retention.RetentionPolicy;
import dev.uplift.tenant.HostName;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The configuration of a worker.
 *
 * @param drain how long cutovers that have begun may take to end after SIGTERM
 */
@ConfigurationProperties(prefix = "uplift", ignoreUnknownFields = false)
record WorkerProperties(
    @DefaultValue({"workflows", "host"}) Set<Role> roles,
    @DefaultValue EngineProperties engine,
    HostProperties host,
    @DefaultValue ManagementProperties management,
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

  /** Who starts and stops the tenants' services. */
  enum Services {
    SYSTEMD,
    /** The worker itself, from definitions of its own. */
    PROCESS
  }

  /**
   * Where health and metrics are told.
   *
   * @param port 0 tells them nowhere
   */
  record ManagementProperties(
      @DefaultValue("127.0.0.1") InetAddress bind, @DefaultValue("32202") int port) {}

  /**
   * @param services if not said, {@code process} where there are definitions, else {@code systemd}
   * @param keepFree what must stay free on each file system
   * @param machineIdFile tells two machines with one host name apart
   * @param retention how long what upgrades leave is kept
   */
  record HostProperties(
      String name,
      Path state,
      List<Path> roots,
      String units,
      Services services,
      Path serviceDefinitions,
      @DefaultValue("256MB") DataSize keepFree,
      @DefaultValue("2m") Duration lease,
      @DefaultValue("/etc/machine-id") Path machineIdFile,
      @DefaultValue RetentionProperties retention) {
    HostProperties {
      if (services == null) {
        services = serviceDefinitions == null ? Services.SYSTEMD : Services.PROCESS;
      }
      if (services == Services.PROCESS && serviceDefinitions == null) {
        throw new IllegalArgumentException(
            "uplift.host.services: process needs uplift.host.service-definitions");
      }
    }
  }

  /**
   * @param automatic whether the host prunes by itself
   */
  record RetentionProperties(
      @DefaultValue("true") boolean automatic,
      @DefaultValue LimitsProperties backups,
      @DefaultValue LimitsProperties failedDatabases,
      @DefaultValue LimitsProperties journals,
      @DefaultValue LimitsProperties evidence,
      @DefaultValue LimitsProperties dependencySets) {

    RetentionPolicy policy() {
      return new RetentionPolicy(
          automatic,
          Map.of(
              StoredKind.BACKUP, backups.or(5, Duration.ofDays(30), DataSize.ofGigabytes(20)),
              StoredKind.FAILED_DATABASE,
                  failedDatabases.or(2, Duration.ofDays(30), DataSize.ofGigabytes(20)),
              StoredKind.JOURNAL, journals.or(20, Duration.ofDays(180), DataSize.ofMegabytes(100)),
              StoredKind.EVIDENCE, evidence.or(20, Duration.ofDays(90), DataSize.ofMegabytes(100)),
              StoredKind.DEPENDENCY_SET,
                  dependencySets.or(0, Duration.ofDays(7), DataSize.ofGigabytes(50))));
    }
  }

  /** What is kept of one kind; each may be left out. */
  record LimitsProperties(Integer count, Duration age, DataSize bytes) {
    Limits or(int defaultCount, Duration defaultAge, DataSize defaultBytes) {
      return new Limits(
          count == null ? defaultCount : count,
          age == null ? defaultAge : age,
          (bytes == null ? defaultBytes : bytes).toBytes());
    }
  }

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
