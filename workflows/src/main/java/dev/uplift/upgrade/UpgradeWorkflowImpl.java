package dev.uplift.upgrade;

import dev.uplift.engine.SearchAttributes;
import dev.uplift.engine.TaskQueues;
import dev.uplift.ledger.LedgerWorkflow;
import dev.uplift.logging.LogContext;
import io.temporal.activity.ActivityOptions;
import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.CompletablePromise;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * What happens in an upgrade, top to bottom: preparation while the tenant serves, the cutover, and
 * the compensation of a cutover that did not work.
 */
public class UpgradeWorkflowImpl implements UpgradeWorkflow {
  private static final Logger log = Workflow.getLogger(UpgradeWorkflowImpl.class);

  private final UpgradePlan plan;
  private final UpgradeRecord record;
  private final CancellationScope forward;
  private boolean changed;
  private boolean cutoverBegan;
  private boolean cancellable = true;
  private String cancelReason;

  @WorkflowInit
  public UpgradeWorkflowImpl(UpgradePlan plan) {
    this.plan = plan;
    this.record = new UpgradeRecord(plan);
    this.forward = Workflow.newCancellationScope(this::goForward);
  }

  @Override
  public UpgradeReport upgrade(UpgradePlan samePlan) {
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.TENANT.valueSet(plan.tenant().id().value()),
        SearchAttributes.HOST.valueSet(plan.tenant().host().value()));
    UpgradeStatus status = carryOut();
    UpgradeReport report = record.report(status, changed);
    try (LogContext named = LogContext.of(plan.tenant().id(), plan.upgradeId())) {
      log.info("upgrade ended: {}", summary(report));
    }
    // Detached: also an upgrade that somebody cancelled in the Temporal UI is recorded.
    Workflow.newDetachedCancellationScope(() -> tell(report)).run();
    if (status == UpgradeStatus.SUCCESS) {
      return report;
    }
    throw ApplicationFailure.newNonRetryableFailure(summary(report), status.code(), report);
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
        stub(
            StepOptions.preparing(
                Step.INSPECT_TENANT,
                TaskQueues.ofHost(plan.tenant().host()),
                plan.profile(),
                "what is deployed, and may it be upgraded"));
    Deployed from =
        record.step(
            Step.INSPECT_TENANT,
            Direction.FORWARD,
            () -> untilNotHandedOver(() -> inspect.inspectTenant(plan)),
            found ->
                StepResult.of(found.version() + " is deployed").withWarnings(found.warnings()));
    record.from(from);
    record.prepared("Tenant inspected: " + from.version() + " is deployed");

    UpgradeSteps fetch =
        stub(
            StepOptions.preparing(
                Step.FETCH_RELEASE,
                queueAfter(from),
                plan.profile(),
                "fetch " + (plan.target() == null ? "the latest release" : plan.target())));
    Release to =
        record.step(
            Step.FETCH_RELEASE,
            Direction.FORWARD,
            () -> untilNotHandedOver(() -> fetch.fetchRelease(new FetchInput(plan, from))),
            found ->
                StepResult.of(found.tag() + " is " + found.commit().abbreviated())
                    .withWarnings(found.warnings()));
    record.to(to);
    record.prepared("Release fetched: " + to.tag() + " is " + to.commit().abbreviated());
    Workflow.upsertTypedSearchAttributes(SearchAttributes.RELEASE.valueSet(to.tag().name()));
    return new StepInput(plan, from, to, Direction.FORWARD);
  }

  private void stage(StepInput input) {
    StepResult staged = prepare(Step.STAGE_DEPENDENCIES, input, UpgradeSteps::stageDependencies);
    record.prepared("Dependencies staged: " + staged.summary());
    StepResult rehearsed =
        prepare(Step.REHEARSE_MIGRATIONS, input, UpgradeSteps::rehearseMigrations);
    record.prepared(rehearsed.summary());
  }

  private void cutOver(StepInput input) {
    boolean keepBackup = plan.options().keepBackup();
    boolean migrate = plan.options().runMigrations();

    // Set before the step: whether a step that was cut off had effects is the host's journal to
    // say.
    cutoverBegan = true;
    record.detail("Stopping services...");
    forward(Step.STOP_SERVICES, input, this::enterCutover);
    record.detail("Services stopped");

    detailIf(keepBackup, "Backing up database...");
    StepResult backup = forward(Step.BACK_UP_DATABASE, input, UpgradeSteps::backUpDatabase);
    record.fingerprintBefore(backup.facts().fingerprint());
    detailIf(keepBackup, "Database backed up");

    record.detail("Fetching latest code...");
    record.detail("Checking out " + input.to().tag() + "...");
    forward(Step.CHECK_OUT_RELEASE, input, UpgradeSteps::checkOutRelease);

    record.detail("Installing dependencies...");
    forward(Step.INSTALL_DEPENDENCIES, input, UpgradeSteps::installDependencies);
    record.detail("Dependencies installed");

    detailIf(migrate, "Running migrations...");
    StepResult migrated = forward(Step.RUN_MIGRATIONS, input, UpgradeSteps::runMigrations);
    detailIf(migrate, "Ran " + count(migrated.facts().migrationsRun()) + " migrations");

    record.detail("Starting services...");
    forward(Step.START_SERVICES, input, UpgradeSteps::startServices);
    record.detail("Services started");

    forward(Step.CHECK_HEALTH, input, UpgradeSteps::checkHealth);
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
    UpgradeSteps anybody =
        stub(
            StepOptions.enteringCutover(
                Step.STOP_SERVICES,
                TaskQueues.intoCutover(plan.tenant().host()),
                input.to().profile(),
                summary(Step.STOP_SERVICES, input)));
    try {
      return anybody.stopServices(input);
    } catch (ActivityFailure failure) {
      if (StepFailures.isCutOff(failure) && !StepFailures.isNeverTaken(failure)) {
        return onTheMachine.stopServices(input);
      }
      // Nobody took it, or the only one who did met a machine that does not know the tenant.
      cutoverBegan =
          !StepFailures.isNeverTaken(failure)
              && StepFailures.explain(Step.STOP_SERVICES, failure).kind() != FailureKind.WRONG_HOST;
      throw failure;
    }
  }

  /**
   * The whole compensation, in a fixed order: old code never starts on a migrated database, or the
   * reverse. The host's journal knows what each step has to undo, so steps that were not reached
   * undo nothing.
   */
  private UpgradeStatus turnBack() {
    StepInput back = new StepInput(plan, record.from(), record.to(), Direction.BACK);
    CompletablePromise<UpgradeStatus> status = Workflow.newPromise();
    // Detached: a cancel, also the engine's own, must not stop half of it.
    Workflow.newDetachedCancellationScope(() -> status.complete(compensate(back))).run();
    return status.get();
  }

  private UpgradeStatus compensate(StepInput input) {
    try {
      StepResult decision = back(Step.STOP_SERVICES, input, UpgradeSteps::stopServices);
      if (Boolean.TRUE.equals(decision.facts().committed())) {
        return committedAfterAll();
      }
      if (Boolean.TRUE.equals(decision.facts().neverBegun())) {
        return neverBegan();
      }
      back(Step.RESTORE_DATABASE, input, UpgradeSteps::restoreDatabase);
      back(Step.RESTORE_DEPENDENCIES, input, UpgradeSteps::restoreDependencies);
      StepResult code = back(Step.RESTORE_CODE, input, UpgradeSteps::restoreCode);
      record.fingerprintAfter(code.facts().fingerprint());
      back(Step.START_SERVICES, input, UpgradeSteps::startServices);
      back(Step.CHECK_HEALTH, input, UpgradeSteps::checkHealth);
      return UpgradeStatus.ROLLED_BACK;
    } catch (TemporalFailure definite) {
      record.held(
          StepFailures.explain(record.lastStep(), definite), StepFailures.runbook(definite));
      return UpgradeStatus.NEEDS_ATTENTION;
    }
  }

  /**
   * The answer of the last step was lost, but not its effect: the host had proven the new release
   * healthy.
   */
  private UpgradeStatus committedAfterAll() {
    record.failed(null);
    record.detail("Health check passed");
    changed = true;
    return UpgradeStatus.SUCCESS;
  }

  /** A tenant that was never touched must not be judged, and maybe held, by its health now. */
  private UpgradeStatus neverBegan() {
    if (!record.wasDone(Step.STOP_SERVICES)) {
      return UpgradeStatus.REJECTED;
    }
    record.held(
        new Failure(
            Step.STOP_SERVICES.activity(),
            FailureKind.STEP_FAILED,
            "The host had stopped the services, and has no journal of it any more.",
            null,
            "Look what became of the state directory of the worker."),
        List.of("# Compare the checkout and the database with the backups that are there."));
    return UpgradeStatus.NEEDS_ATTENTION;
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

  private interface StepCall {
    StepResult run(UpgradeSteps steps, StepInput input);
  }

  private StepResult prepare(Step step, StepInput input, StepCall call) {
    UpgradeSteps steps =
        stub(
            StepOptions.preparing(
                step, queueAfter(input.from()), input.to().profile(), summary(step, input)));
    return record.step(
        step,
        Direction.FORWARD,
        () -> untilNotHandedOver(() -> call.run(steps, input)),
        said -> said);
  }

  private StepResult forward(Step step, StepInput input, StepCall call) {
    UpgradeSteps steps =
        stub(
            StepOptions.cuttingOver(
                step, queueAfter(input.from()), input.to().profile(), summary(step, input)));
    return learn(record.step(step, Direction.FORWARD, () -> call.run(steps, input), said -> said));
  }

  private StepResult back(Step step, StepInput input, StepCall call) {
    UpgradeSteps steps =
        stub(
            StepOptions.turningBack(
                step, queueAfter(input.from()), input.from().profile(), summary(step, input)));
    return learn(record.step(step, Direction.BACK, () -> call.run(steps, input), said -> said));
  }

  /**
   * A worker that is being replaced gives back what it was preparing; that is nobody's failure, so
   * it is no attempt either.
   */
  private static <R> R untilNotHandedOver(Supplier<R> step) {
    while (true) {
      try {
        return step.get();
      } catch (ActivityFailure failure) {
        if (!StepFailures.isHandedOver(failure)) {
          throw failure;
        }
      }
    }
  }

  // Of hosts with workers that do not tell their machine, nothing is known but the name.
  private String queueAfter(Deployed found) {
    return found.machine() == null
        ? TaskQueues.ofHost(plan.tenant().host())
        : TaskQueues.ofMachine(plan.tenant().host(), found.machine());
  }

  private StepResult learn(StepResult result) {
    record.learn(result);
    return result;
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

  private static UpgradeSteps stub(ActivityOptions options) {
    return Workflow.newActivityStub(UpgradeSteps.class, options);
  }

  private static String summary(Step step, StepInput input) {
    String way =
        input.direction() == Direction.FORWARD
            ? input.from().version() + " to " + input.to().tag()
            : "back to " + input.from().version();
    return input.plan().tenant().id() + ", " + way;
  }

  private static String summary(UpgradeReport report) {
    Failure failure = report.heldFor() == null ? report.failure() : report.heldFor();
    return report.status().code()
        + (failure == null ? "" : ": " + failure.step() + ": " + failure.message());
  }

  private static int count(List<String> scripts) {
    return scripts == null ? 0 : scripts.size();
  }
}
