package dev.uplift.ledger;

import dev.uplift.upgrade.ReleasedTenant;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/**
 * Writes into the ledger of the API that a tenant is not held any more. Recording it twice changes
 * nothing.
 */
@ActivityInterface
public interface ReleaseRecorder {
  @ActivityMethod(name = "RecordRelease")
  void recordRelease(ReleasedTenant released);
}
