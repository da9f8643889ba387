package dev.uplift.probe;

import dev.uplift.engine.TaskQueues;
import dev.uplift.tenant.HostName;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.List;

public class ProbeWorkflowImpl implements ProbeWorkflow {
  private static final Duration HOST_ANSWERS_WITHIN = Duration.ofSeconds(5);
  private static final Duration DONE_WITHIN = Duration.ofMinutes(10);

  @Override
  public List<Unhealthy> probe(HostName host, List<Probed> tenants) {
    ActivityOptions options =
        ActivityOptions.newBuilder()
            .setTaskQueue(TaskQueues.ofHost(host))
            .setScheduleToStartTimeout(HOST_ANSWERS_WITHIN)
            .setStartToCloseTimeout(DONE_WITHIN)
            .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(1).build())
            .setSummary(tenants.size() + " tenants of " + host)
            .build();
    try {
      return Workflow.newActivityStub(TenantProbe.class, options).probeTenants(tenants);
    } catch (ActivityFailure silent) {
      // A host that does not answer says nothing of its tenants.
      return List.of();
    }
  }
}
