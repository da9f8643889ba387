package dev.uplift.inspect;

import dev.uplift.host.StepContext;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.UpgradePlan;

/** Reads everything that can refuse an upgrade. */
public final class InspectTenant {
  public Deployed run(UpgradePlan plan, StepContext context) {
    throw new UnsupportedOperationException();
  }
}
