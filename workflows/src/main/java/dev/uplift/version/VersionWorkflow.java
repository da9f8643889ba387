package dev.uplift.version;

import dev.uplift.tenant.Slug;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * Asks a tenant's host for its release. Fails when the host does not answer within five seconds.
 */
@WorkflowInterface
public interface VersionWorkflow {
  @WorkflowMethod
  VersionInfo lookUp(VersionRequest request);

  static String idFor(Slug tenant) {
    return "version/" + tenant;
  }
}
