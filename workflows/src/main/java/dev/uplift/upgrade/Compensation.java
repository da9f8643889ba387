package dev.uplift.upgrade;

import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.CompletablePromise;
import io.temporal.workflow.Workflow;
import java.util.List;

/**
 * The whole compensation, in a fixed order: old code never starts on a migrated database, or the
 * reverse. The host's journal knows what each step has to undo, so steps that were not reached undo
 * nothing.
 */
final class Compensation {
  private final UpgradeRecord record;
  private final StepRunner steps;

  Compensation(UpgradeRecord record, StepRunner steps) {
    this.record = record;
    this.steps = steps;
  }

  /**
   * Turns the tenant back, unless the host had committed.
   *
   * @param input backwards
   * @return how the upgrade ended: {@code SUCCESS} if the host had committed
   */
  UpgradeStatus turnBack(StepInput input) {
    CompletablePromise<UpgradeStatus> status = Workflow.newPromise();
    // Detached: a cancel, also the engine's own, must not stop half of it.
    Workflow.newDetachedCancellationScope(() -> status.complete(compensate(input))).run();
    return status.get();
  }

  private UpgradeStatus compensate(StepInput input) {
    try {
      StepResult decision = steps.back(Step.STOP_SERVICES, input, UpgradeSteps::stopServices);
      if (Boolean.TRUE.equals(decision.facts().committed())) {
        return committedAfterAll();
      }
      if (Boolean.TRUE.equals(decision.facts().neverBegun())) {
        return neverBegan();
      }
      steps.back(Step.RESTORE_DATABASE, input, UpgradeSteps::restoreDatabase);
      steps.back(Step.RESTORE_DEPENDENCIES, input, UpgradeSteps::restoreDependencies);
      StepResult code = steps.back(Step.RESTORE_CODE, input, UpgradeSteps::restoreCode);
      record.fingerprintAfter(code.facts().fingerprint());
      steps.back(Step.START_SERVICES, input, UpgradeSteps::startServices);
      steps.back(Step.CHECK_HEALTH, input, UpgradeSteps::checkHealth);
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
}
