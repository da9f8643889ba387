package dev.uplift.prepare;

import dev.uplift.tenant.HostName;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What an administrator asks for; what is left out is as it was, or has a default.
 *
 * @param roots directories below which tenants are
 * @param user whose tenants are meant
 * @param engine {@code host:port} of the Temporal server
 * @param insecure whether a connection to it that nothing protects is accepted
 * @param api whether the API runs on this machine, and workflows with it
 */
public record Request(
    List<Path> roots,
    Optional<HostName> host,
    Optional<String> user,
    Optional<String> engine,
    boolean insecure,
    boolean api) {
  public Request {
    roots = roots.stream().map(root -> root.toAbsolutePath().normalize()).distinct().toList();
  }
}
