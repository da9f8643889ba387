package dev.uplift.version;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/** Reads a tenant's release on its host. Changes nothing but the host's mirror of the upstream. */
@ActivityInterface
public interface VersionLookup {
  @ActivityMethod(name = "LookUpVersion")
  VersionInfo lookUpVersion(VersionRequest request);
}
