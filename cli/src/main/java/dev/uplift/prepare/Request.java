package dev.uplift.prepare;

import dev.uplift.tenant.HostName;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What an administrator asks for; what is left out is as it was, or has a default.
 *
 * @param roots directories below which tenants are, besides those that are known already
 * @param user whose tenants are meant
 * @param api whether the API runs on this machine, and workflows with it
 * @param remove whether units that are no longer found lose what was allowed
 */
public record Request(
    List<Path> roots,
    Optional<HostName> host,
    Optional<String> user,
    EngineRequest engine,
    boolean api,
    boolean remove) {
  public Request {
    roots = roots.stream().map(root -> root.toAbsolutePath().normalize()).distinct().toList();
  }
}
