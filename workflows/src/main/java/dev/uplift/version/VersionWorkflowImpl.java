package dev.uplift.version;

import dev.uplift.engine.TaskQueues;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;

public class VersionWorkflowImpl implements VersionWorkflow {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

  @Override
  public VersionInfo lookUp(VersionRequest request) {
    ActivityOptions options =
        ActivityOptions.newBuilder()
            .setTaskQueue(TaskQueues.ofHost(request.tenant().host()))
            .setScheduleToCloseTimeout(ANSWER_WITHIN)
            .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(1).build())
            .setSummary(request.tenant().id().value())
            .build();
    return Workflow.newActivityStub(VersionLookup.class, options).lookUpVersion(request);
  }
}
