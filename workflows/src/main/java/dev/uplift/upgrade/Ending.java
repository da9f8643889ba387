package dev.uplift.upgrade;

import dev.uplift.engine.SearchAttributes;
import dev.uplift.ledger.LedgerWorkflow;
import dev.uplift.logging.LogContext;
import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import org.slf4j.Logger;

/**
 * How every run ends that answers with a report: the ledger and the Temporal UI are told, and one
 * that did not reach what was asked for fails, with the report as the detail of its failure. Lives
 * in workflow code: deterministic.
 */
final class Ending {
  private static final Logger log = Workflow.getLogger(Ending.class);

  private final UpgradePlan plan;

  Ending(UpgradePlan plan) {
    this.plan = plan;
  }

  /**
   * @return the report, if what was asked for was reached
   * @throws ApplicationFailure of the status' type, with the report, otherwise
   */
  UpgradeReport end(UpgradeReport report) {
    try (LogContext named = LogContext.of(plan.tenant().id(), plan.upgradeId())) {
      log.info("{} ended: {}", plan.operation().code(), summary(report));
    }
    // Detached: also an upgrade that somebody cancelled in the Temporal UI is recorded.
    Workflow.newDetachedCancellationScope(() -> tell(report)).run();
    if (report.isReached()) {
      return report;
    }
    throw StepFailures.outcome(summary(report), report.status().code(), true, report);
  }

  private void tell(UpgradeReport report) {
    Workflow.upsertTypedSearchAttributes(SearchAttributes.OUTCOME.valueSet(report.status().code()));
    LedgerWorkflow ledger =
        Workflow.newChildWorkflowStub(
            LedgerWorkflow.class,
            ChildWorkflowOptions.newBuilder()
                .setWorkflowId(LedgerWorkflow.idFor(plan.upgradeId()))
                .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON)
                .build());
    Async.procedure(ledger::deliver, report);
    // A child that has not started when its parent ends never starts.
    Workflow.getWorkflowExecution(ledger).get();
  }

  private static String summary(UpgradeReport report) {
    Failure failure = report.heldFor() == null ? report.failure() : report.heldFor();
    return report.status().code()
        + (failure == null ? "" : ": " + failure.step() + ": " + failure.message());
  }
}
