package dev.uplift.upgrade;

import dev.uplift.engine.SearchAttributes;
import dev.uplift.engine.TaskQueues;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;

/** The preparation of an upgrade and nothing else: the tenant serves throughout. */
public class RehearsalWorkflowImpl implements RehearsalWorkflow {
  private final UpgradePlan plan;
  private final boolean migrates;
  private final UpgradeRecord record;
  private final StepRunner steps;
  private final Passage passage;

  @WorkflowInit
  public RehearsalWorkflowImpl(UpgradePlan plan, boolean migrates) {
    this.plan = plan;
    this.migrates = migrates;
    this.record = new UpgradeRecord(plan);
    this.steps = new StepRunner(plan, record);
    this.passage = new Passage(plan, record, steps, this::prepare);
  }

  @Override
  public RehearsalReport rehearse(UpgradePlan samePlan, boolean alsoMigrations) {
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.TENANT.valueSet(plan.tenant().id().value()),
        SearchAttributes.HOST.valueSet(plan.tenant().host().value()));
    try {
      prepare();
      return record.rehearsal(null);
    } catch (TemporalFailure stopped) {
      return record.rehearsal(StepFailures.explain(record.lastStep(), stopped));
    } finally {
      Workflow.newDetachedCancellationScope(this::giveBack).run();
    }
  }

  private void giveBack() {
    String queue =
        record.from() == null
            ? TaskQueues.ofHost(plan.tenant().host())
            : steps.queueAfter(record.from());
    try {
      Workflow.newActivityStub(RehearsalSteps.class, StepOptions.endingRehearsal(queue))
          .endRehearsal(plan);
    } catch (ActivityFailure silent) {
      // What a host keeps for an upgrade of which it hears nothing, it gives back by itself.
    }
  }

  private void prepare() {
    Deployed from = passage.inspectTenant("could it be upgraded");
    StepInput input = passage.fetchRelease(from);
    if (!migrates || from.isAt(input.to())) {
      return;
    }
    steps.prepare(Step.STAGE_DEPENDENCIES, input, UpgradeSteps::stageDependencies);
    record.rehearsed(
        steps.prepare(Step.REHEARSE_MIGRATIONS, input, UpgradeSteps::rehearseMigrations));
  }

  @Override
  public UpgradeProgress progress() {
    return record.progress();
  }
}
