package dev.uplift.upgrade;

import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * Takes a tenant back to before a successful upgrade, or before a rollback: to the release that it
 * had, with the database that it had. It is a cutover like that of an upgrade, and runs under the
 * same id, {@link UpgradeWorkflow#idFor}.
 *
 * <p>It ends as an upgrade does: with its report for a success, else with an {@code
 * ApplicationFailure} that carries the report. {@code ROLLED_BACK} then means that the tenant is as
 * it was before the rollback.
 */
@WorkflowInterface
public interface RollbackWorkflow {

  /**
   * @param plan names in {@link UpgradePlan#ofUpgrade} what is to be undone
   */
  @WorkflowMethod
  UpgradeReport rollback(UpgradePlan plan);

  /** Asks for the rollback to be given up; refused once it has turned back or committed. */
  @UpdateMethod
  void cancel(String reason);

  @UpdateValidatorMethod(updateName = "cancel")
  void validateCancel(String reason);

  @QueryMethod
  UpgradeProgress progress();
}
