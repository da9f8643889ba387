package dev.uplift.rollout;

import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.UpgradeReport;
import io.temporal.client.WorkflowExecutionAlreadyStarted;

/**
 * What the run of an upgrade has come to, as the rollout sees it.
 *
 * @param failure null if there is none that is known
 * @param message one sentence for a person; null for a success
 * @param downtimeMillis null if it is not known
 */
record TenantEnd(Outcome outcome, Failure failure, String message, Long downtimeMillis) {

  /**
   * @param report null if the run failed
   * @param failed null if it did not
   */
  static TenantEnd of(UpgradeReport report, Throwable failed) {
    if (failed == null) {
      return of(report);
    }
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (cause instanceof WorkflowExecutionAlreadyStarted) {
        return new TenantEnd(Outcome.BUSY, null, "Something else works on it.", null);
      }
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
