package dev.uplift.host;

import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a worker may touch, whatever a payload says: whoever reaches the engine could send any.
 * Asked before every step.
 */
public final class Territory {
  private final HostConfiguration configuration;

  public Territory(HostConfiguration configuration) {
    this.configuration = configuration;
  }

  /**
   * @throws StepFailure {@code wrong_host} if the tenant is registered elsewhere or outside of the
   *     roots, {@code wrong_owner} if its checkout belongs to another user
   */
  public void require(Tenant tenant) {
    requireHost(tenant);
    requirePlace(tenant);
  }

  void requireHost(Tenant tenant) {
    if (!tenant.host().equals(configuration.name())) {
      throw new StepFailure(
          FailureKind.WRONG_HOST,
          tenant.id() + " is registered on another host.",
          "registered: " + tenant.host() + ", this worker: " + configuration.name(),
          "Correct the tenant's host in the registry, or uplift.host.name in the worker's"
              + " configuration.");
    }
  }

  /**
   * The same for a tenant whose open journal is on this host: whatever the host is called now, only
   * it can end the upgrade.
   */
  void requirePlace(Tenant tenant) {
    Path real = realPath(tenant);
    boolean allowed =
        configuration.roots().stream().anyMatch(root -> real.startsWith(realOrSame(root)));
    if (!allowed || !Files.isDirectory(real)) {
      throw new StepFailure(
          FailureKind.WRONG_HOST,
          tenant.path() + " is not a directory below a root that this worker may touch.",
          "real path: " + real + ", roots: " + configuration.roots(),
          "Correct the tenant's path in the registry, or add its root to uplift.host.roots in the"
              + " worker's configuration.");
    }
    requireNoLink(tenant, real);
    requireOwner(real);
  }

  /**
   * The link that stands where a directory of a tenant in cutover was: at its path, on the way to
   * it from the root, or in it, leading out. Through it, what is written would be written to
   * somebody else.
   *
   * @param within paths in the checkout that an upgrade writes
   */
  Optional<Path> linkInTheWay(Tenant tenant, List<String> within) {
    Path checkout = Path.of(tenant.path());
    Optional<Path> above =
        configuration.roots().stream()
            .filter(checkout::startsWith)
            .flatMap(root -> below(root, checkout).stream())
            .filter(Files::isSymbolicLink)
            .findFirst();
    return above.or(
        () ->
            within.stream()
                .flatMap(path -> below(checkout, checkout.resolve(path)).stream())
                .filter(Files::isSymbolicLink)
                .filter(link -> !leadsInto(checkout, link))
                .findFirst());
  }

  private static List<Path> below(Path top, Path path) {
    List<Path> all = new ArrayList<>();
    Path next = top;
    for (Path name : top.relativize(path)) {
      next = next.resolve(name);
      all.add(next);
    }
    return all;
  }

  private static boolean leadsInto(Path checkout, Path link) {
    try {
      return link.toRealPath().startsWith(checkout.toRealPath());
    } catch (IOException nowhere) {
      return false;
    }
  }

  /**
   * A link may be made to point elsewhere in the middle of an upgrade, and two tenants may share
   * one checkout through it. How a root itself is reached is the configuration's choice.
   */
  private void requireNoLink(Tenant tenant, Path real) {
    Path path = Path.of(tenant.path());
    boolean plain =
        path.equals(real)
            || configuration.roots().stream()
                .filter(path::startsWith)
                .anyMatch(root -> realOrSame(root).resolve(root.relativize(path)).equals(real));
    if (!plain) {
      throw new StepFailure(
          FailureKind.WRONG_HOST,
          tenant.path() + " is a symbolic link, goes through one, or is not written plainly.",
          "real path: " + real,
          "Register the tenant with the path " + real + ".");
    }
  }

  private static Path realPath(Tenant tenant) {
    try {
      return Path.of(tenant.path()).toRealPath();
    } catch (IOException e) {
      throw new StepFailure(
          FailureKind.WRONG_HOST,
          "There is no directory " + tenant.path() + " on this host.",
          String.valueOf(e),
          "Correct the tenant's path or host in the registry.");
    }
  }

  private static Path realOrSame(Path root) {
    try {
      return root.toRealPath();
    } catch (IOException missing) {
      return root;
    }
  }

  /** Files that this worker wrote into somebody else's tree could not be read by the services. */
  private static void requireOwner(Path checkout) {
    try {
      int owner = (int) Files.getAttribute(checkout, "unix:uid");
      int self = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      if (owner != self) {
        throw new StepFailure(
            FailureKind.WRONG_OWNER,
            checkout + " belongs to another user than the one that this worker runs as.",
            "owner: uid " + owner + ", worker: uid " + self,
            "Run a worker with a host name of its own as the owner of these tenants.");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
