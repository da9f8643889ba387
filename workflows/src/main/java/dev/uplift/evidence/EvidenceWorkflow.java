package dev.uplift.evidence;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.UUID;

/**
 * Asks the host of an upgrade for what it has seen of it. Fails when the host does not answer
 * within five seconds.
 */
@WorkflowInterface
public interface EvidenceWorkflow {
  @WorkflowMethod
  EvidenceReport read(EvidenceRequest request);

  static String idFor(UUID upgradeId) {
    return "evidence/" + upgradeId;
  }
}
