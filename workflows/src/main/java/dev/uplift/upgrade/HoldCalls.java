package dev.uplift.upgrade;

import dev.uplift.engine.TaskQueues;
import dev.uplift.tenant.Tenant;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Workflow;
import java.util.function.Function;

/**
 * Has a tenant's host end a hold. Lives in workflow code: deterministic.
 *
 * <p>A host that is away is not waited for, since nothing has been done. One that has taken it and
 * went silent is: it may have been done, and who said that nothing was would be wrong.
 */
final class HoldCalls {
  private final String queue;
  private final String summary;

  HoldCalls(Tenant tenant, String summary) {
    this.queue = TaskQueues.ofHost(tenant.host());
    this.summary = summary;
  }

  <R> R make(Function<HeldSteps, R> call) {
    try {
      return call.apply(stub(StepOptions.endingHold(queue, summary)));
    } catch (ActivityFailure failure) {
      if (StepFailures.isNeverTaken(failure) || !StepFailures.isCutOff(failure)) {
        throw failure;
      }
      return call.apply(stub(StepOptions.hearingOfHold(queue, summary)));
    }
  }

  private static HeldSteps stub(ActivityOptions options) {
    return Workflow.newActivityStub(HeldSteps.class, options);
  }
}
