package dev.uplift.check;

import dev.uplift.engine.TaskQueues;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepFailures;
import dev.uplift.upgrade.UpgradePlan;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;

public class CheckWorkflowImpl implements CheckWorkflow {
  private static final Duration HOST_ANSWERS_WITHIN = Duration.ofSeconds(5);
  // A large database is read from its first to its last page.
  private static final Duration DONE_WITHIN = Duration.ofMinutes(5);

  @Override
  public CheckReport check(UpgradePlan plan) {
    ActivityOptions options =
        ActivityOptions.newBuilder()
            .setTaskQueue(TaskQueues.ofHost(plan.tenant().host()))
            .setScheduleToStartTimeout(HOST_ANSWERS_WITHIN)
            .setStartToCloseTimeout(DONE_WITHIN)
            .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(1).build())
            .setSummary(plan.tenant().id().value())
            .build();
    try {
      return Workflow.newActivityStub(TenantCheck.class, options).checkTenant(plan);
    } catch (ActivityFailure refused) {
      return CheckReport.refused(StepFailures.explain(Step.INSPECT_TENANT, refused));
    }
  }
}
