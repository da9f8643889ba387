package dev.uplift.rollback;

import dev.uplift.tenant.Slug;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/** Asks a tenant's host what a rollback would do, and changes nothing there. */
@WorkflowInterface
public interface RollbackPreviewWorkflow {
  @WorkflowMethod
  RollbackPreview preview(RollbackQuestion question);

  /** Whoever wants no comparison must not have to wait for one. */
  static String idFor(Slug tenant, boolean compare) {
    return "rollback-preview/" + tenant + (compare ? "" : "/brief");
  }
}
