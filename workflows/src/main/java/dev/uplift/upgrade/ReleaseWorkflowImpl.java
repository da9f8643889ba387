package dev.uplift.upgrade;

import dev.uplift.engine.TaskQueues;
import dev.uplift.ledger.ReleaseRecorder;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;

public class ReleaseWorkflowImpl implements ReleaseWorkflow {
  private static final String ACTIVITY = "ReleaseTenant";

  private final ReleaseRecorder ledger =
      Workflow.newActivityStub(
          ReleaseRecorder.class,
          ActivityOptions.newBuilder()
              .setTaskQueue(TaskQueues.API)
              .setStartToCloseTimeout(Duration.ofSeconds(10))
              .setRetryOptions(
                  RetryOptions.newBuilder().setMaximumInterval(Duration.ofSeconds(30)).build())
              .build());

  @Override
  public ReleasedTenant release(ReleaseOrder order) {
    ReleasedTenant released = onTheHost(order);
    // Detached: a hold that is ended on the host must not stay in the ledger.
    Workflow.newDetachedCancellationScope(() -> ledger.recordRelease(released)).run();
    return released;
  }

  private static ReleasedTenant onTheHost(ReleaseOrder order) {
    HoldCalls host = new HoldCalls(order.tenant(), order.tenant().id().value());
    try {
      return host.make(steps -> steps.releaseTenant(order));
    } catch (TemporalFailure thrown) {
      throw StepFailures.told(StepFailures.explain(ACTIVITY, thrown), true);
    }
  }
}
