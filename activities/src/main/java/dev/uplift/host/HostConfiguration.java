package dev.uplift.host;

import dev.uplift.tenant.HostName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What the worker of a host may do and where; a payload cannot widen it.
 *
 * @param roots directories below which tenants may be
 * @param units units that may be started and stopped
 * @param serviceDefinitions where the process service manager finds its units
 * @param keepFreeBytes what must stay free on every file system, beyond what running upgrades have
 *     reserved
 * @param lease after which a tenant in cutover that nobody speaks of is turned back by the host
 *     itself
 */
public record HostConfiguration(
    HostName name,
    Path state,
    List<Path> roots,
    Pattern units,
    Path serviceDefinitions,
    long keepFreeBytes,
    Duration lease) {
  public static final Duration DEFAULT_LEASE = Duration.ofMinutes(2);

  public HostConfiguration {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(state, "state");
    if (!state.isAbsolute()) {
      throw new IllegalArgumentException("the state directory must be absolute: " + state);
    }
    if (roots == null || roots.isEmpty()) {
      throw new IllegalArgumentException("at least one root is needed: where are the tenants?");
    }
    roots = List.copyOf(roots);
    units = units == null ? Pattern.compile("[a-z0-9][a-z0-9-]{0,62}") : units;
    lease = lease == null ? DEFAULT_LEASE : lease;
  }

  public HostPaths paths() {
    return new HostPaths(state);
  }
}
