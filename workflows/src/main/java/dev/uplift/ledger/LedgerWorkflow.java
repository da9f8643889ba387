package dev.uplift.ledger;

import dev.uplift.upgrade.UpgradeReport;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.UUID;

/** Delivers the outcome of an upgrade to the ledger, for as long as the API is away. */
@WorkflowInterface
public interface LedgerWorkflow {
  @WorkflowMethod
  void deliver(UpgradeReport report);

  static String idFor(UUID upgradeId) {
    return "ledger/" + upgradeId;
  }
}
