package dev.uplift.check;

import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.UpgradePlan;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/** Asks a tenant's host whether an upgrade could begin, and changes nothing there. */
@WorkflowInterface
public interface CheckWorkflow {
  /**
   * @param plan the upgrade that would be started; it never is
   */
  @WorkflowMethod
  CheckReport check(UpgradePlan plan);

  static String idFor(Slug tenant) {
    return "check/" + tenant;
  }
}
