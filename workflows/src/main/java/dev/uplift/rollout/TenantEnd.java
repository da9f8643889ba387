package dev.uplift.rollout;

import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.RehearsalReport;
import dev.uplift.upgrade.UpgradeReport;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.failure.CanceledFailure;

/**
 * What the run of an upgrade has come to, as the rollout sees it.
 *
 * @param failure null if there is none that is known
 * @param message one sentence for a person; null for a success
 * @param downtimeMillis null if it is not known
 */
record TenantEnd(Outcome outcome, Failure failure, String message, Long downtimeMillis) {
  private static final TenantEnd BUSY =
      new TenantEnd(Outcome.BUSY, null, "Something else works on it.", null);

  /**
   * @param report null if the run failed
   * @param failed null if it did not
   */
  static TenantEnd of(UpgradeReport report, Throwable failed) {
    if (failed == null) {
      return of(report);
    }
    if (isOf(WorkflowExecutionAlreadyStarted.class, failed)) {
      return BUSY;
    }
    return UpgradeReport.in(failed)
        .map(TenantEnd::of)
        .orElseGet(
            () ->
                new TenantEnd(
                    Outcome.NEEDS_ATTENTION,
                    null,
                    "Its run ended without a report; if it was in its cutover its host turns it"
                        + " back.",
                    null));
  }

  /**
   * @param report null if the run failed
   * @param failed null if it did not
   */
  static TenantEnd ofRehearsal(RehearsalReport report, Throwable failed) {
    if (failed != null) {
      return isOf(WorkflowExecutionAlreadyStarted.class, failed)
          ? BUSY
          : new TenantEnd(
              Outcome.REJECTED,
              null,
              isOf(CanceledFailure.class, failed)
                  ? "Its rehearsal was cancelled."
                  : "Its rehearsal ended without a report.",
              null);
    }
    Failure failure = report.failure();
    if (failure == null) {
      Outcome outcome = report.alreadyThere() ? Outcome.ALREADY_THERE : Outcome.WOULD_UPGRADE;
      return new TenantEnd(outcome, null, null, null);
    }
    Outcome outcome = failure.kind() == FailureKind.BUSY ? Outcome.BUSY : Outcome.REJECTED;
    return new TenantEnd(outcome, failure, failure.step() + ": " + failure.message(), null);
  }

  private static boolean isOf(Class<? extends Throwable> type, Throwable failed) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  private static TenantEnd of(UpgradeReport report) {
    Failure failure = report.heldFor() == null ? report.failure() : report.heldFor();
    String message = failure == null ? null : failure.step() + ": " + failure.message();
    return new TenantEnd(outcome(report, failure), failure, message, report.downtimeMillis());
  }

  private static Outcome outcome(UpgradeReport report, Failure failure) {
    return switch (report.status()) {
      case SUCCESS -> report.changed() ? Outcome.SUCCESS : Outcome.ALREADY_THERE;
      case ROLLED_BACK -> Outcome.ROLLED_BACK;
      case NEEDS_ATTENTION -> Outcome.NEEDS_ATTENTION;
      case REJECTED ->
          failure != null && failure.kind() == FailureKind.BUSY ? Outcome.BUSY : Outcome.REJECTED;
    };
  }
}
