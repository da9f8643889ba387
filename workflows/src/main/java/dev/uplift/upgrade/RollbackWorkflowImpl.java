package dev.uplift.upgrade;

import io.temporal.workflow.WorkflowInit;

/**
 * What happens in a rollback, top to bottom: it goes to the earlier release as an upgrade goes to a
 * later one, but in the place of migrations the backup that the upgrade had left is put back. One
 * that does not work is turned back by the {@link Compensation}, to the release that it began with.
 */
public class RollbackWorkflowImpl implements RollbackWorkflow {
  private final UpgradePlan plan;
  private final UpgradeRecord record;
  private final StepRunner steps;
  private final Passage passage;

  @WorkflowInit
  public RollbackWorkflowImpl(UpgradePlan plan) {
    this.plan = plan;
    this.record = new UpgradeRecord(plan);
    this.steps = new StepRunner(plan, record);
    this.passage = new Passage(plan, record, steps, this::goForward);
  }

  @Override
  public UpgradeReport rollback(UpgradePlan samePlan) {
    return passage.carryOut();
  }

  private void goForward() {
    StepInput input = prepare();
    cutOver(input);
  }

  private StepInput prepare() {
    Deployed from = passage.inspectTenant("what is deployed, and may it be rolled back");

    UpgradeSteps inspect =
        StepRunner.stub(
            StepOptions.preparing(
                Step.INSPECT_ROLLBACK,
                steps.queueAfter(from),
                plan.profile(),
                "what upgrade " + plan.ofUpgrade() + " has left"));
    Release to =
        record.step(
            Step.INSPECT_ROLLBACK,
            Direction.FORWARD,
            () ->
                StepRunner.untilNotHandedOver(
                    () -> inspect.inspectRollback(new FetchInput(plan, from))),
            found ->
                StepResult.of(
                        found.tag()
                            + " and its database are there: "
                            + found.commit().abbreviated())
                    .withWarnings(found.warnings()));
    record.prepared("Backup found: " + to.tag() + " is " + to.commit().abbreviated());

    StepInput input = passage.inputOf(from, to);
    StepResult staged =
        steps.prepare(Step.STAGE_DEPENDENCIES, input, UpgradeSteps::stageDependencies);
    record.prepared("Dependencies staged: " + staged.summary());
    return input;
  }

  private void cutOver(StepInput input) {
    passage.stopServices(input);

    record.detail("Backing up database...");
    StepResult backup = steps.forward(Step.BACK_UP_DATABASE, input, UpgradeSteps::backUpDatabase);
    record.fingerprintBefore(backup.facts().fingerprint());
    record.detail("Database backed up");

    record.detail("Checking out " + input.to().tag() + "...");
    steps.forward(Step.CHECK_OUT_RELEASE, input, UpgradeSteps::checkOutRelease);

    record.detail("Installing dependencies...");
    steps.forward(Step.INSTALL_DEPENDENCIES, input, UpgradeSteps::installDependencies);
    record.detail("Dependencies installed");

    record.detail("Putting the database of " + input.to().tag() + " back...");
    steps.forward(Step.REINSTATE_DATABASE, input, UpgradeSteps::reinstateDatabase);
    record.detail("Database put back");

    passage.startServices(input);
  }

  @Override
  public void cancel(String reason) {
    passage.cancel(reason);
  }

  @Override
  public void validateCancel(String reason) {
    passage.validateCancel();
  }

  @Override
  public UpgradeProgress progress() {
    return record.progress();
  }
}
