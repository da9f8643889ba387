package dev.uplift.upgrade;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * Ends the hold of a tenant that a person has looked after. Under the same id as an upgrade, {@link
 * UpgradeWorkflow#idFor}: nothing else is done with the tenant meanwhile.
 *
 * <p>It fails with an {@code ApplicationFailure} of type {@link StepFailures#TYPE} whose detail is
 * a {@link Failure}, and the hold is as it was then.
 */
@WorkflowInterface
public interface ReleaseWorkflow {
  @WorkflowMethod
  ReleasedTenant release(ReleaseOrder order);
}
