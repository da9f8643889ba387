package dev.uplift.upgrade;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/**
 * What a person has done to a held tenant, carried out on its host. The host's journal is the judge
 * of whether it is held, and by what; it fails as {@link UpgradeSteps} do.
 */
@ActivityInterface
public interface HeldSteps {

  /**
   * Takes the held upgrade that the plan is of back from its hold, so that its compensation goes on
   * from where it stopped. Asked for again by the same run, it changes nothing.
   *
   * @return what the steps of that compensation are given
   */
  @ActivityMethod(name = "ReopenUpgrade")
  StepInput reopenUpgrade(UpgradePlan plan);

  /**
   * Ends the hold of a tenant: its services may be started again, and the next upgrade may begin.
   * Nothing else of it is touched.
   */
  @ActivityMethod(name = "ReleaseTenant")
  ReleasedTenant releaseTenant(ReleaseOrder order);
}
