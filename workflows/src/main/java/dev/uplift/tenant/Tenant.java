package dev.uplift.tenant;

import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * One installation: a checkout at {@code path} on {@code host}, with a database and services of its
 * own.
 *
 * @param path absolute path of the git checkout on the host
 * @param ring its place in the order of a rollout: {@code test}, {@code canary} or {@code
 *     production}
 * @param ports port numbers by name; {@code api} fills {@code {api_port}} in the profile
 */
public record Tenant(
    Slug id,
    String app,
    HostName host,
    String path,
    String ring,
    Map<String, String> labels,
    Map<String, Integer> ports) {
  public static final Set<String> RINGS = Set.of("test", "canary", "production");

  public Tenant {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(app, "app");
    Objects.requireNonNull(host, "host");
    if (path == null
        || !path.startsWith("/")
        || path.indexOf('\0') >= 0
        || path.contains("/../")
        || path.endsWith("/..")
        || path.indexOf('\n') >= 0) {
      throw new IllegalArgumentException(
          "the path of tenant " + id + " must be absolute and without '..'");
    }
    ring = ring == null ? "production" : ring;
    labels = labels == null ? Map.of() : Map.copyOf(labels);
    ports = ports == null ? Map.of() : Map.copyOf(ports);
    ports.forEach(
        (name, port) -> {
          if (port < 1 || port > 65535) {
            throw new IllegalArgumentException(
                "port " + name + " of tenant " + id + " is not between 1 and 65535: " + port);
          }
        });
  }
}
