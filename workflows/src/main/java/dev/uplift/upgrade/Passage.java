package dev.uplift.upgrade;

import dev.uplift.engine.SearchAttributes;
import dev.uplift.engine.TaskQueues;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;

/**
 * What every run has that takes its tenant through a cutover, whichever way it goes: the inspection
 * with which it begins, the way into the cutover, the compensation of one that did not work, and
 * its cancellation. Lives in workflow code: deterministic.
 */
final class Passage {
  private final UpgradePlan plan;
  private final UpgradeRecord record;
  private final StepRunner steps;
  private final Compensation compensation;
  private final CancellationScope forward;
  private boolean cutoverBegan;
  private boolean cancellable = true;
  private String cancelReason;

  /**
   * @param goForward preparation and cutover; a failure of it is rejected or turned back
   */
  Passage(UpgradePlan plan, UpgradeRecord record, StepRunner steps, Runnable goForward) {
    this.plan = plan;
    this.record = record;
    this.steps = steps;
    this.compensation = new Compensation(record, steps);
    this.forward = Workflow.newCancellationScope(goForward);
  }

  /**
   * @return the report of a success
   * @throws ApplicationFailure with the report of anything else
   */
  UpgradeReport carryOut() {
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.TENANT.valueSet(plan.tenant().id().value()),
        SearchAttributes.HOST.valueSet(plan.tenant().host().value()));
    UpgradeStatus status = goForwardOrBack();
    boolean changed = cutoverBegan && status == UpgradeStatus.SUCCESS;
    return new Ending(plan).end(record.report(status, changed));
  }

  private UpgradeStatus goForwardOrBack() {
    try {
      forward.run();
      cancellable = false;
      return UpgradeStatus.SUCCESS;
    } catch (TemporalFailure stopped) {
      // TemporalFailure, not ActivityFailure: a cancel may also land between two steps.
      cancellable = false;
      record.failed(why(stopped));
      return cutoverBegan
          ? compensation.turnBack(new StepInput(plan, record.from(), record.to(), Direction.BACK))
          : UpgradeStatus.REJECTED;
    }
  }

  /**
   * The first step.
   *
   * @param question one line for the Temporal UI
   */
  Deployed inspectTenant(String question) {
    UpgradeSteps inspect =
        StepRunner.stub(
            StepOptions.preparing(
                Step.INSPECT_TENANT,
                TaskQueues.ofHost(plan.tenant().host()),
                plan.profile(),
                question));
    Deployed from =
        record.step(
            Step.INSPECT_TENANT,
            Direction.FORWARD,
            () -> StepRunner.untilNotHandedOver(() -> inspect.inspectTenant(plan)),
            found ->
                StepResult.of(found.version() + " is deployed").withWarnings(found.warnings()));
    record.from(from);
    record.prepared("Tenant inspected: " + from.version() + " is deployed");
    return from;
  }

  /**
   * The second step of whatever goes to a release of the upstream.
   *
   * @return what every later step is given
   */
  StepInput fetchRelease(Deployed from) {
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
    record.prepared("Release fetched: " + to.tag() + " is " + to.commit().abbreviated());
    return inputOf(from, to);
  }

  /** What every later step is given. */
  StepInput inputOf(Deployed from, Release to) {
    record.to(to);
    Workflow.upsertTypedSearchAttributes(SearchAttributes.RELEASE.valueSet(to.tag().name()));
    return new StepInput(plan, from, to, Direction.FORWARD);
  }

  /** The first step of the cutover: from here on a failure turns back. */
  void stopServices(StepInput input) {
    // Set before the step: whether a step that was cut off had effects is the host's journal to
    // say.
    cutoverBegan = true;
    record.detail("Stopping services...");
    steps.forward(Step.STOP_SERVICES, input, this::enterCutover);
    record.detail("Services stopped");
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

  /** The last steps of the cutover, of which the very last one commits. */
  void startServices(StepInput input) {
    record.detail("Starting services...");
    steps.forward(Step.START_SERVICES, input, UpgradeSteps::startServices);
    record.detail("Services started");

    steps.forward(Step.CHECK_HEALTH, input, UpgradeSteps::checkHealth);
    record.detail("Health check passed");
  }

  void cancel(String reason) {
    cancelReason = reason;
    forward.cancel(reason);
  }

  void validateCancel() {
    if (!cancellable) {
      throw ApplicationFailure.newNonRetryableFailure(
          "It is too late to cancel: the "
              + plan.operation().code()
              + " is over or is being turned back.",
          UpgradeWorkflow.TOO_LATE);
    }
  }

  private Failure why(TemporalFailure stopped) {
    Failure failure = StepFailures.explain(record.lastStep(), stopped);
    return failure.kind() == FailureKind.CANCELLED && cancelReason != null
        ? new Failure(failure.step(), failure.kind(), failure.message(), cancelReason, null)
        : failure;
  }
}
