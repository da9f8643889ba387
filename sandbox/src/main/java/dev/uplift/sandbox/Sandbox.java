package dev.uplift.sandbox;

import dev.uplift.host.HostPaths;
import dev.uplift.service.ProcessServiceManager;
import dev.uplift.service.ServiceManager;
import dev.uplift.service.UnitName;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A whole world on one machine: the upstream of the sample application, an index of its packages,
 * and a fleet of tenants that serve. All of it is below one directory and on loopback.
 *
 * <p>Tenants are what people have today: ordinary clones, made when their release was the newest,
 * with an ordinary {@code venv}.
 */
public final class Sandbox implements AutoCloseable {
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

  private final Path directory;
  private final HostName host;
  private final Upstream upstream;
  private final Map<Slug, SandboxTenant> tenants;
  private final ServiceManager services;
  private final boolean deletedWhenClosed;

  Sandbox(
      Path directory,
      HostName host,
      Upstream upstream,
      List<SandboxTenant> tenants,
      boolean deletedWhenClosed) {
    this.directory = directory;
    this.host = host;
    this.upstream = upstream;
    this.tenants = new LinkedHashMap<>();
    tenants.forEach(tenant -> this.tenants.put(tenant.id(), tenant));
    this.services = serviceManager(directory);
    this.deletedWhenClosed = deletedWhenClosed;
  }

  /** Begins to describe a sandbox in a directory that is empty or not there yet. */
  public static SandboxBuilder in(Path directory) {
    return new SandboxBuilder(directory.toAbsolutePath().normalize());
  }

  /**
   * Stops all services of a sandbox that nobody closed, for instance because its process was
   * killed.
   */
  public static void stopServicesIn(Path directory) {
    stopServices(directory.toAbsolutePath().normalize());
  }

  public Path directory() {
    return directory;
  }

  /** The name that the tenants' host has in {@link #fleetFile}. */
  public HostName host() {
    return host;
  }

  public Upstream upstream() {
    return upstream;
  }

  /** Where all checkouts are. */
  public Path checkouts() {
    return checkouts(directory);
  }

  /** The state directory for the worker of this host; the services' pid files are in there. */
  public Path state() {
    return state(directory);
  }

  /** The unit definitions for the process service manager. */
  public Path definitions() {
    return definitions(directory);
  }

  /** Describes host, app and tenants in the form that {@code uplift apply} takes. */
  public Path fleetFile() {
    return directory.resolve("fleet.yml");
  }

  /** What a worker needs in its environment so that installers find the packages, and only here. */
  public Map<String, String> workerEnvironment() {
    return pipEnvironment(directory);
  }

  /**
   * The service manager whose services these are; a worker has one of its own over the same files.
   */
  public ServiceManager services() {
    return services;
  }

  public List<SandboxTenant> tenants() {
    return List.copyOf(tenants.values());
  }

  public SandboxTenant tenant(String id) {
    SandboxTenant tenant = tenants.get(new Slug(id));
    if (tenant == null) {
      throw new IllegalArgumentException("the sandbox has no tenant " + id);
    }
    return tenant;
  }

  /**
   * Stops every service of every tenant, whoever started it last, and deletes the directory if that
   * was asked for.
   */
  @Override
  public void close() {
    upstream.close();
    stopServices(directory);
    if (deletedWhenClosed) {
      delete(directory);
    }
  }

  static Path checkouts(Path sandbox) {
    return sandbox.resolve("tenants");
  }

  static Path state(Path sandbox) {
    return sandbox.resolve("state");
  }

  static Path definitions(Path sandbox) {
    return sandbox.resolve("services");
  }

  static Path wheels(Path sandbox) {
    return sandbox.resolve("wheels");
  }

  static Map<String, String> pipEnvironment(Path sandbox) {
    return Map.of(
        "PIP_NO_INDEX", "1",
        // As a URL: a list of paths would end at the first space.
        "PIP_FIND_LINKS", wheels(sandbox).toUri().toString(),
        "PIP_CACHE_DIR", sandbox.resolve("pip-cache").toString(),
        "PIP_CONFIG_FILE", "/dev/null",
        "PIP_DISABLE_PIP_VERSION_CHECK", "1");
  }

  static ServiceManager serviceManager(Path sandbox) {
    return new ProcessServiceManager(
        new HostPaths(state(sandbox)), definitions(sandbox), System.getenv());
  }

  private static void stopServices(Path sandbox) {
    Path definitions = definitions(sandbox);
    if (!Files.isDirectory(definitions)) {
      return;
    }
    ServiceManager services = serviceManager(sandbox);
    try (Stream<Path> files = Files.list(definitions)) {
      List<UnitName> units =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".yml"))
              .map(name -> new UnitName(name.substring(0, name.length() - ".yml".length())))
              .toList();
      units.parallelStream().forEach(unit -> services.stop(unit, STOP_PATIENCE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> walk = Files.walk(directory)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
