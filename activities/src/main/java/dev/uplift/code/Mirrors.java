package dev.uplift.code;

import dev.uplift.host.HostPaths;
import dev.uplift.profile.AppProfile;
import dev.uplift.release.CommitId;
import dev.uplift.tenant.Tenant;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/** The mirrors of all upstreams on this host. */
public final class Mirrors {
  private static final Duration NETWORK_TIMEOUT = Duration.ofSeconds(15);
  private final Path directory;
  private final Duration networkTimeout;

  public Mirrors(HostPaths paths) {
    this(paths.mirrors(), NETWORK_TIMEOUT);
  }

  /**
   * @param networkTimeout how long an upstream may be silent before a fetch is tried again
   */
  Mirrors(Path directory, Duration networkTimeout) {
    this.directory = directory;
    this.networkTimeout = networkTimeout;
  }

  /**
   * The tree of a release that an upgrade of {@code tenant} was planned with, after FetchRelease.
   */
  public ReleaseTree tree(Tenant tenant, AppProfile profile, CommitId commit) {
    try (Checkout checkout = Checkout.open(Path.of(tenant.path()))) {
      return tree(of(FetchSource.of(profile, checkout)), checkout, commit);
    }
  }

  /** From the mirror; what the upstream never had, or has no more, from the tenant's own git. */
  static ReleaseTree tree(Mirror mirror, Checkout checkout, CommitId commit) {
    return mirror.has(commit) ? mirror.tree(commit) : checkout.tree(commit);
  }

  // Two tenants with different passwords get two mirrors: what one may read is not for the other.
  Mirror of(FetchSource source) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(source.identity().getBytes(StandardCharsets.UTF_8));
      String name = HexFormat.of().formatHex(hash, 0, 16) + ".git";
      return new Mirror(directory.resolve(name), source, networkTimeout);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
