package dev.uplift.upgrade;

import io.temporal.workflow.WorkflowInit;
import java.util.List;

/**
 * What happens in an upgrade, top to bottom: preparation while the tenant serves, and the cutover.
 * One that does not work is turned back by the {@link Compensation}.
 */
public class UpgradeWorkflowImpl implements UpgradeWorkflow {
  private final UpgradePlan plan;
  private final UpgradeRecord record;
  private final StepRunner steps;
  private final Passage passage;

  @WorkflowInit
  public UpgradeWorkflowImpl(UpgradePlan plan) {
    this.plan = plan;
    this.record = new UpgradeRecord(plan);
    this.steps = new StepRunner(plan, record);
    this.passage = new Passage(plan, record, steps, this::goForward);
  }

  @Override
  public UpgradeReport upgrade(UpgradePlan samePlan) {
    return passage.carryOut();
  }

  private void goForward() {
    Deployed from = passage.inspectTenant("what is deployed, and may it be upgraded");
    StepInput input = passage.fetchRelease(from);
    if (from.isAt(input.to()) && !plan.options().force()) {
      record.detail("Already at " + input.to().tag());
      return;
    }
    stage(input);
    cutOver(input);
  }

  private void stage(StepInput input) {
    StepResult staged =
        steps.prepare(Step.STAGE_DEPENDENCIES, input, UpgradeSteps::stageDependencies);
    record.prepared("Dependencies staged: " + staged.summary());
    StepResult rehearsed =
        steps.prepare(Step.REHEARSE_MIGRATIONS, input, UpgradeSteps::rehearseMigrations);
    record.prepared(rehearsed.summary());
  }

  private void cutOver(StepInput input) {
    boolean keepBackup = plan.options().keepBackup();
    boolean migrate = plan.options().runMigrations();

    passage.stopServices(input);

    detailIf(keepBackup, "Backing up database...");
    StepResult backup = steps.forward(Step.BACK_UP_DATABASE, input, UpgradeSteps::backUpDatabase);
    record.fingerprintBefore(backup.facts().fingerprint());
    detailIf(keepBackup, "Database backed up");

    record.detail("Fetching latest code...");
    record.detail("Checking out " + input.to().tag() + "...");
    steps.forward(Step.CHECK_OUT_RELEASE, input, UpgradeSteps::checkOutRelease);

    record.detail("Installing dependencies...");
    steps.forward(Step.INSTALL_DEPENDENCIES, input, UpgradeSteps::installDependencies);
    record.detail("Dependencies installed");

    detailIf(migrate, "Running migrations...");
    StepResult migrated = steps.forward(Step.RUN_MIGRATIONS, input, UpgradeSteps::runMigrations);
    detailIf(migrate, "Ran " + count(migrated.facts().migrationsRun()) + " migrations");

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

  private void detailIf(boolean said, String line) {
    if (said) {
      record.detail(line);
    }
  }

  private static int count(List<String> scripts) {
    return scripts == null ? 0 : scripts.size();
  }
}
