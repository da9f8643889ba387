package dev.uplift.upgrade;

import dev.uplift.tenant.Slug;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * One upgrade of one tenant.
 *
 * <p>It returns its report only for a success. Otherwise it fails with an {@code
 * ApplicationFailure} whose type is the {@link UpgradeStatus} code and whose detail is the report.
 */
@WorkflowInterface
public interface UpgradeWorkflow {
  /** The type of the validator's refusal when the upgrade can no longer be cancelled. */
  String TOO_LATE = "too_late";

  /** The memo by which a run says which upgrade it is, without a worker having to answer. */
  String ID_MEMO = "upgrade_id";

  @WorkflowMethod
  UpgradeReport upgrade(UpgradePlan plan);

  /** Asks for the upgrade to be given up; refused once it has turned back or committed. */
  @UpdateMethod
  void cancel(String reason);

  @UpdateValidatorMethod(updateName = "cancel")
  void validateCancel(String reason);

  @QueryMethod
  UpgradeProgress progress();

  /** One running operation per tenant: the engine refuses a second run of the same id. */
  static String idFor(Slug tenant) {
    return "upgrade/" + tenant;
  }
}
