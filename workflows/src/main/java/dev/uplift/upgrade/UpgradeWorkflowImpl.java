package dev.uplift.upgrade;

import dev.uplift.engine.SearchAttributes;
import dev.uplift.engine.TaskQueues;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.util.List;

/**
 * What happens in an upgrade, top to bottom: preparation while the tenant serves, the cutover, and
 * the compensation of a cutover that did not work.
 */
public class UpgradeWorkflowImpl implements UpgradeWorkflow {
  private final UpgradePlan plan;
  private final UpgradeRecord record;
  private final StepRunner steps;
  private final Compensation compensation;
  private final CancellationScope forward;
  private boolean changed;
  private boolean cutoverBegan;
  private boolean cancellable = true;
  private String cancelReason;

  @WorkflowInit
  public UpgradeWorkflowImpl(UpgradePlan plan) {
    this.plan = plan;
    this.record = new UpgradeRecord(plan);
    this.steps = new StepRunner(plan, record);
    this.compensation = new Compensation(record, steps);
    this.forward = Workflow.newCancellationScope(this::goForward);
  }

  @Override
  public UpgradeReport upgrade(UpgradePlan samePlan) {
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.TENANT.valueSet(plan.tenant().id().value()),
        SearchAttributes.HOST.valueSet(plan.tenant().host().value()));
    UpgradeStatus status = carryOut();
    return new Ending(plan).end(record.report(status, changed));
  }

  private UpgradeStatus carryOut() {
    try {
      forward.run();
      cancellable = false;
      return UpgradeStatus.SUCCESS;
    } catch (TemporalFailure stopped) {
      // TemporalFailure, not ActivityFailure: a cancel may also land between two steps.
      cancellable = false;
      record.failed(why(stopped));
      return cutoverBegan ? turnBack() : UpgradeStatus.REJECTED;
    }
  }

  private void goForward() {
    StepInput input = prepare();
    if (input.from().isAt(input.to()) && !plan.options().force()) {
      record.detail("Already at " + input.to().tag());
      return;
    }
    stage(input);
    cutOver(input);
    changed = true;
  }

  private StepInput prepare() {
    UpgradeSteps inspect =
        StepRunner.stub(
            StepOptions.preparing(
                Step.INSPECT_TENANT,
                TaskQueues.ofHost(plan.tenant().host()),
                plan.profile(),
                "what is deployed, and may it be upgraded"));
    Deployed from =
        record.step(
            Step.INSPECT_TENANT,
            Direction.FORWARD,
            () -> StepRunner.untilNotHandedOver(() -> inspect.inspectTenant(plan)),
            found ->
                StepResult.of(found.version() + " is deployed").withWarnings(found.warnings()));
    record.from(from);
    record.prepared("Tenant inspected: " + from.version() + " is deployed");

    UpgradeSteps fetch =
        StepRunner.stub(
            StepOptions.preparing(
                Step.FETCH_RELEASE,
                steps.queueAfter(from),
                plan.profile(),
                "fetch " + (plan.target() == null ? "the latest release" : plan.target())));
    Release to =
        record.step(
            Step.FETCH_RELEASE,
            Direction.FORWARD,
            () ->
                StepRunner.untilNotHandedOver(() -> fetch.fetchRelease(new FetchInput(plan, from))),
            found ->
                StepResult.of(found.tag() + " is " + found.commit().abbreviated())
                    .withWarnings(found.warnings()));
    record.to(to);
    record.prepared("Release fetched: " + to.tag() + " is " + to.commit().abbreviated());
    Workflow.upsertTypedSearchAttributes(SearchAttributes.RELEASE.valueSet(to.tag().name()));
    return new StepInput(plan, from, to, Direction.FORWARD);
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

    // Set before the step: whether a step that was cut off had effects is the host's journal to
    // say.
    cutoverBegan = true;
    record.detail("Stopping services...");
    steps.forward(Step.STOP_SERVICES, input, this::enterCutover);
    record.detail("Services stopped");

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

    record.detail("Starting services...");
    steps.forward(Step.START_SERVICES, input, UpgradeSteps::startServices);
    record.detail("Services started");

    steps.forward(Step.CHECK_HEALTH, input, UpgradeSteps::checkHealth);
    record.detail("Health check passed");
  }

  /**
   * Waits for a worker that may begin a cutover, which one that is being replaced may not. Once
   * somebody has begun, the tenant may be down: then the step belongs to the machine, like all that
   * follow.
   */
  private StepResult enterCutover(UpgradeSteps onTheMachine, StepInput input) {
    if (input.from().machine() == null) {
      return onTheMachine.stopServices(input);
    }
    UpgradeSteps anybody = steps.entrance(input);
    try {
      return anybody.stopServices(input);
    } catch (ActivityFailure failure) {
      boolean nobodyTookIt = StepFailures.isNeverTaken(failure);
      if (StepFailures.isCutOff(failure) && !nobodyTookIt) {
        return onTheMachine.stopServices(input);
      }
      // Or the only one who did met a machine that does not know the tenant.
      boolean wrongHost =
          StepFailures.explain(Step.STOP_SERVICES, failure).kind() == FailureKind.WRONG_HOST;
      cutoverBegan = !nobodyTookIt && !wrongHost;
      throw failure;
    }
  }

  private UpgradeStatus turnBack() {
    UpgradeStatus status =
        compensation.turnBack(new StepInput(plan, record.from(), record.to(), Direction.BACK));
    changed = status == UpgradeStatus.SUCCESS;
    return status;
  }

  @Override
  public void cancel(String reason) {
    cancelReason = reason;
    forward.cancel(reason);
  }

  @Override
  public void validateCancel(String reason) {
    if (!cancellable) {
      throw ApplicationFailure.newNonRetryableFailure(
          "It is too late to cancel: the upgrade is over or is being turned back.", TOO_LATE);
    }
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

  private Failure why(TemporalFailure stopped) {
    Failure failure = StepFailures.explain(record.lastStep(), stopped);
    return failure.kind() == FailureKind.CANCELLED && cancelReason != null
        ? new Failure(failure.step(), failure.kind(), failure.message(), cancelReason, null)
        : failure;
  }

  private static int count(List<String> scripts) {
    return scripts == null ? 0 : scripts.size();
  }
}
