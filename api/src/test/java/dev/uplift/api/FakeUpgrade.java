package dev.uplift.api;

import dev.uplift.ledger.LedgerWorkflow;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepReport;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.upgrade.UpgradeProgress;
import dev.uplift.upgrade.UpgradeReport;
import dev.uplift.upgrade.UpgradeStatus;
import dev.uplift.upgrade.UpgradeWorkflow;
import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.unsafe.WorkflowUnsafe;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Ends at once, the way that its target says; v0.4.0 waits to be cancelled or terminated. */
public final class FakeUpgrade implements UpgradeWorkflow {
  static final Queue<UpgradePlan> PLANS = new ConcurrentLinkedQueue<>();
  private static final List<String> DETAILS =
      List.of(
          "Stopping services...",
          "Services stopped",
          "Backing up database...",
          "Database backed up",
          "Fetching latest code...",
          "Checking out v0.3.0...",
          "Installing dependencies...",
          "Dependencies installed",
          "Running migrations...",
          "Ran 1 migrations",
          "Starting services...",
          "Services started",
          "Health check passed");

  private UpgradePlan plan;
  private String cancelled;

  @Override
  public UpgradeReport upgrade(UpgradePlan plan) {
    this.plan = plan;
    // A run that left the cache is replayed, in the middle of another test.
    if (!WorkflowUnsafe.isReplaying()) {
      PLANS.add(plan);
    }
    String target = plan.target() == null ? "latest" : plan.target().name();
    switch (target) {
      case "v0.3.0":
        UpgradeReport report = report(UpgradeStatus.SUCCESS, null);
        deliver(report);
        return report;
      case "v0.4.0":
        Workflow.await(() -> cancelled != null);
        throw failed(UpgradeStatus.REJECTED, FailureKind.CANCELLED, cancelled);
      case "v0.5.0":
        throw failed(
            UpgradeStatus.ROLLED_BACK, FailureKind.MIGRATION_FAILED, "A migration failed.");
      case "v0.6.0":
        throw failed(UpgradeStatus.NEEDS_ATTENTION, FailureKind.BACKUP_ALTERED, "Altered.");
      case "v0.7.0":
        throw failed(UpgradeStatus.REJECTED, FailureKind.BUSY, "The tenant is held.");
      case "v0.8.0":
        throw failed(UpgradeStatus.REJECTED, FailureKind.TAG_MISSING, "No such tag.");
      default:
        throw failed(UpgradeStatus.REJECTED, FailureKind.HOST_UNREACHABLE, "No worker.");
    }
  }

  private ApplicationFailure failed(UpgradeStatus status, FailureKind kind, String message) {
    UpgradeReport report = report(status, new Failure("AnyStep", kind, message, "seen", "do"));
    deliver(report);
    return ApplicationFailure.newNonRetryableFailure(message, status.code(), report);
  }

  private static void deliver(UpgradeReport report) {
    LedgerWorkflow ledger =
        Workflow.newChildWorkflowStub(
            LedgerWorkflow.class,
            ChildWorkflowOptions.newBuilder()
                .setWorkflowId(LedgerWorkflow.idFor(report.upgradeId()))
                .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON)
                .build());
    Async.procedure(ledger::deliver, report);
    Workflow.getWorkflowExecution(ledger).get();
  }

  private UpgradeReport report(UpgradeStatus status, Failure failure) {
    boolean success = status == UpgradeStatus.SUCCESS;
    Instant now = Instant.ofEpochMilli(Workflow.currentTimeMillis());
    return new UpgradeReport(
        status,
        "v0.2.0",
        success ? "v0.3.0" : "v0.2.0",
        success ? "17b3ab3" : "295fb7f",
        success ? List.of("scripts/create_schema.py") : List.of(),
        success && plan.options().keepBackup() ? "/srv/pocket.db.backup_20251211_225756" : null,
        success ? DETAILS : List.of(),
        plan.upgradeId(),
        plan.tenant().id().value(),
        success,
        plan.target() == null ? null : plan.target().name(),
        List.of("Inspected"),
        success ? 1234L : null,
        failure,
        null,
        List.of(),
        null,
        null,
        null,
        List.of(),
        null,
        plan.requestedBy(),
        plan.options().reason(),
        now,
        now,
        plan.operation(),
        plan.ofUpgrade());
  }

  @Override
  public void cancel(String reason) {
    cancelled = reason;
  }

  @Override
  public void validateCancel(String reason) {
    if ("refuse this".equals(reason)) {
      throw ApplicationFailure.newNonRetryableFailure("It has committed.", TOO_LATE);
    }
  }

  @Override
  public UpgradeProgress progress() {
    return new UpgradeProgress(
        plan.upgradeId(),
        plan.tenant().id().value(),
        "preparation",
        List.of(
            new StepReport("InspectTenant", Direction.FORWARD, "running", null, null, null, null)));
  }
}
