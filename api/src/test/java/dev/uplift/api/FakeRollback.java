package dev.uplift.api;

import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.RollbackWorkflow;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.upgrade.UpgradeProgress;
import dev.uplift.upgrade.UpgradeReport;
import dev.uplift.upgrade.UpgradeStatus;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.unsafe.WorkflowUnsafe;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Ends at once: as a success, or turned back if that is the reason. */
public final class FakeRollback implements RollbackWorkflow {
  static final String TURNS_BACK = "turn back";
  static final Queue<UpgradePlan> PLANS = new ConcurrentLinkedQueue<>();

  private UpgradePlan plan;

  @Override
  public UpgradeReport rollback(UpgradePlan plan) {
    this.plan = plan;
    if (!WorkflowUnsafe.isReplaying()) {
      PLANS.add(plan);
    }
    if (!TURNS_BACK.equals(plan.options().reason())) {
      return report(UpgradeStatus.SUCCESS, null);
    }
    Failure failure = new Failure("CheckHealth", FailureKind.UNHEALTHY, "It is ill.", "seen", "do");
    throw ApplicationFailure.newNonRetryableFailure(
        failure.message(),
        UpgradeStatus.ROLLED_BACK.code(),
        report(UpgradeStatus.ROLLED_BACK, failure));
  }

  private UpgradeReport report(UpgradeStatus status, Failure failure) {
    boolean success = status == UpgradeStatus.SUCCESS;
    Instant now = Instant.ofEpochMilli(Workflow.currentTimeMillis());
    return new UpgradeReport(
        status,
        "v0.3.0",
        success ? plan.target().name() : "v0.3.0",
        success ? "295fb7f" : "17b3ab3",
        List.of(),
        "/srv/pocket.db.backup_20251212_101112",
        List.of("Stopping services..."),
        plan.upgradeId(),
        plan.tenant().id().value(),
        success,
        plan.target().name(),
        List.of(),
        900L,
        failure,
        null,
        List.of(),
        null,
        null,
        null,
        List.of("given up"),
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
    throw new UnsupportedOperationException();
  }

  @Override
  public void validateCancel(String reason) {
    throw ApplicationFailure.newNonRetryableFailure("It is over.", "too_late");
  }

  @Override
  public UpgradeProgress progress() {
    return new UpgradeProgress(
        plan.upgradeId(), plan.tenant().id().value(), "preparation", List.of());
  }
}
