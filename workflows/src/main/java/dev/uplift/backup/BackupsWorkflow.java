package dev.uplift.backup;

import dev.uplift.tenant.Slug;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/** Has a tenant's host look after the tenant's backups. */
@WorkflowInterface
public interface BackupsWorkflow {
  @WorkflowMethod
  BackupsReport backups(BackupsRequest request);

  /** Whoever asks the same at the same time gets the same answer. */
  static String idFor(BackupsRequest request) {
    Slug tenant = request.tenant().id();
    return switch (request.task()) {
      case LIST -> "backups/" + tenant + "/list";
      case VERIFY ->
          "backups/" + tenant + "/verify" + (request.name() == null ? "" : "/" + request.name());
      case PRUNE ->
          "backups/"
              + tenant
              + (request.dryRun() ? "/prune-dry-run" : "/prune")
              + (request.ofHost() ? "/of-host" : "");
    };
  }
}
