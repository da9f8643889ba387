package dev.uplift.api.engine;

import dev.uplift.engine.SearchAttributes;
import dev.uplift.engine.TaskQueues;
import dev.uplift.release.Tag;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowOptions;
import java.time.Duration;

/**
 * A question to a host about one of its tenants, which is not touched. Whoever asks the same before
 * it is answered gets the same answer.
 *
 * @param workflowId of the question about this tenant, whatever the target
 * @param target null for the latest release
 * @param leftOpenFor after which nobody needs an answer any more
 * @param summary one line for the Temporal UI
 */
public record HostQuestion(
    String workflowId,
    Slug tenant,
    HostName host,
    Tag target,
    Duration leftOpenFor,
    String summary) {

  /** To the host that a tenant has now. */
  public HostQuestion(
      String workflowId, Tenant tenant, Tag target, Duration leftOpenFor, String summary) {
    this(workflowId, tenant.id(), tenant.host(), target, leftOpenFor, summary);
  }

  public WorkflowOptions options() {
    // Questions about different targets must not share an answer.
    String suffix = target == null ? "" : "/" + target;
    return WorkflowOptions.newBuilder()
        .setWorkflowId(workflowId + suffix)
        .setTaskQueue(TaskQueues.WORKFLOWS)
        .setWorkflowIdConflictPolicy(
            WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
        .setWorkflowIdReusePolicy(WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
        .setWorkflowExecutionTimeout(leftOpenFor)
        .setTypedSearchAttributes(
            io.temporal.common.SearchAttributes.newBuilder()
                .set(SearchAttributes.TENANT, tenant.value())
                .set(SearchAttributes.HOST, host.value())
                .build())
        .setStaticSummary(summary)
        .build();
  }
}
