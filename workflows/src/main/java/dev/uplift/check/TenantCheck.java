package dev.uplift.check;

import dev.uplift.upgrade.UpgradePlan;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/**
 * Reads on its host everything that could refuse an upgrade of a tenant. Changes nothing but the
 * host's mirror of the upstream, and reserves nothing.
 */
@ActivityInterface
public interface TenantCheck {
  @ActivityMethod(name = "CheckTenant")
  CheckReport checkTenant(UpgradePlan plan);
}
