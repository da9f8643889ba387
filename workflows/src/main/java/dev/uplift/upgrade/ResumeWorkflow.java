package dev.uplift.upgrade;

import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * The compensation of a held tenant once more, from where it stopped. Under the same id as an
 * upgrade, {@link UpgradeWorkflow#idFor}.
 *
 * <p>It returns its report if the tenant is as it was before the held upgrade, which is what it is
 * for: status {@code rolled_back}. Otherwise it fails as an upgrade does: {@code needs_attention}
 * if the tenant is held again, {@code rejected} if there was nothing to resume.
 */
@WorkflowInterface
public interface ResumeWorkflow {
  @WorkflowMethod
  UpgradeReport resume(UpgradePlan plan);

  /** Always refused: what turns back is not turned back. */
  @UpdateMethod
  void cancel(String reason);

  @UpdateValidatorMethod(updateName = "cancel")
  void validateCancel(String reason);

  @QueryMethod
  UpgradeProgress progress();
}
