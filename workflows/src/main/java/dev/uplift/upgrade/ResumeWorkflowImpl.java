package dev.uplift.upgrade;

import dev.uplift.engine.SearchAttributes;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.CompletablePromise;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;

public class ResumeWorkflowImpl implements ResumeWorkflow {
  private static final String ACTIVITY = "ReopenUpgrade";

  private final UpgradePlan plan;
  private final UpgradeRecord record;
  private final Compensation compensation;

  @WorkflowInit
  public ResumeWorkflowImpl(UpgradePlan plan) {
    this.plan = plan;
    this.record = new UpgradeRecord(plan);
    this.compensation = new Compensation(record, new StepRunner(plan, record));
  }

  @Override
  public UpgradeReport resume(UpgradePlan samePlan) {
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.TENANT.valueSet(plan.tenant().id().value()),
        SearchAttributes.HOST.valueSet(plan.tenant().host().value()));
    CompletablePromise<UpgradeStatus> status = Workflow.newPromise();
    // Detached from its beginning: a tenant that is not held any more is on its way back.
    Workflow.newDetachedCancellationScope(() -> status.complete(carryOut())).run();
    return new Ending(plan).end(record.report(status.get(), false));
  }

  private UpgradeStatus carryOut() {
    StepInput held;
    try {
      held = reopen();
    } catch (TemporalFailure refused) {
      record.failed(StepFailures.explain(ACTIVITY, refused));
      return UpgradeStatus.REJECTED;
    }
    record.from(held.from());
    record.to(held.to());
    record.prepared("Resumed upgrade " + plan.ofUpgrade());
    return compensation.turnBack(held.back());
  }

  private StepInput reopen() {
    String summary = plan.tenant().id() + ", upgrade " + plan.ofUpgrade();
    return new HoldCalls(plan.tenant(), summary).make(host -> host.reopenUpgrade(plan));
  }

  @Override
  public void cancel(String reason) {
    throw new IllegalStateException("the validator refuses it");
  }

  @Override
  public void validateCancel(String reason) {
    throw ApplicationFailure.newNonRetryableFailure(
        "A tenant that is being put back is brought to an end: there is nothing to cancel.",
        UpgradeWorkflow.TOO_LATE);
  }

  @Override
  public UpgradeProgress progress() {
    return record.progress();
  }
}
