package dev.uplift.backup;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/** Looks after what upgrades left on the host of a tenant. */
@ActivityInterface
public interface TenantBackups {
  /** Tells which backups and failed databases there are. Reads no more than their manifests. */
  @ActivityMethod(name = "ListBackups")
  BackupsReport listBackups(BackupsRequest request);

  /** Restores backups into scratch and compares each with its manifest. */
  @ActivityMethod(name = "VerifyBackups")
  BackupsReport verifyBackups(BackupsRequest request);

  /** Deletes what the host's retention does not keep. */
  @ActivityMethod(name = "PruneBackups")
  BackupsReport pruneBackups(BackupsRequest request);
}
