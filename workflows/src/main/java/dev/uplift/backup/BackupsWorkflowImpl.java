package dev.uplift.backup;

import dev.uplift.engine.TaskQueues;
import dev.uplift.upgrade.StepFailures;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;

public class BackupsWorkflowImpl implements BackupsWorkflow {
  private static final Duration HOST_ANSWERS_WITHIN = Duration.ofSeconds(5);
  private static final Duration LISTED_WITHIN = Duration.ofMinutes(1);
  // Databases are copied and read from their first to their last page.
  private static final Duration DONE_WITHIN = Duration.ofHours(2);
  private static final Duration HEARTBEAT = Duration.ofSeconds(30);

  @Override
  public BackupsReport backups(BackupsRequest request) {
    boolean reads = request.task() == BackupsRequest.Task.LIST;
    ActivityOptions options =
        ActivityOptions.newBuilder()
            .setTaskQueue(TaskQueues.ofHost(request.tenant().host()))
            .setScheduleToStartTimeout(HOST_ANSWERS_WITHIN)
            .setStartToCloseTimeout(reads ? LISTED_WITHIN : DONE_WITHIN)
            .setHeartbeatTimeout(HEARTBEAT)
            .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(1).build())
            .setSummary(request.tenant().id().value())
            .build();
    TenantBackups host = Workflow.newActivityStub(TenantBackups.class, options);
    try {
      return switch (request.task()) {
        case LIST -> host.listBackups(request);
        case VERIFY -> host.verifyBackups(request);
        case PRUNE -> host.pruneBackups(request);
      };
    } catch (ActivityFailure refused) {
      return BackupsReport.refused(StepFailures.explain(refused.getActivityType(), refused));
    }
  }
}
