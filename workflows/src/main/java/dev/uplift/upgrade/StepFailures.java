package dev.uplift.upgrade;

import io.temporal.api.enums.v1.TimeoutType;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationErrorCategory;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.failure.TimeoutFailure;
import java.util.List;

/** What steps throw, and turning it into a {@link Failure}. */
public final class StepFailures {
  /** The type of the {@code ApplicationFailure} in which a host tells its failure. */
  public static final String TYPE = "step_failed";

  /**
   * The type of the {@code ApplicationFailure} by which a worker that is being replaced gives a
   * step of preparation back: whoever takes it next begins it anew.
   */
  public static final String HANDED_OVER = "handed_over";

  private StepFailures() {}

  /** In which a host, or a run on its behalf, tells its failure. */
  public static ApplicationFailure told(Failure failure, boolean isFinal) {
    return outcome(failure.message(), TYPE, isFinal, failure);
  }

  /**
   * A failure that is an outcome, and that Uplift has logged with what it is about. Without the
   * category Temporal's SDK would log it once more, with a stack trace, as it does with defects.
   *
   * @param isFinal whether the engine is not to try again
   */
  public static ApplicationFailure outcome(
      String message, String type, boolean isFinal, Object... details) {
    return ApplicationFailure.newBuilder()
        .setMessage(message)
        .setType(type)
        .setNonRetryable(isFinal)
        .setDetails(details)
        .setCategory(ApplicationErrorCategory.BENIGN)
        .build();
  }

  /** What the host told, or what its silence means. */
  public static Failure explain(Step step, TemporalFailure thrown) {
    return explain(step.activity(), thrown);
  }

  /** {@link #explain(Step, TemporalFailure)} of an activity that is no step of an upgrade. */
  public static Failure explain(String activity, TemporalFailure thrown) {
    Throwable cause = thrown instanceof ActivityFailure ? thrown.getCause() : thrown;
    if (cause instanceof ApplicationFailure told && TYPE.equals(told.getType())) {
      return told.getDetails().get(Failure.class);
    }
    if (cause instanceof CanceledFailure) {
      return new Failure(activity, FailureKind.CANCELLED, "The upgrade was cancelled.", null, null);
    }
    if (cause instanceof TimeoutFailure timeout) {
      return silentHost(activity, timeout);
    }
    String message =
        cause instanceof ApplicationFailure other
            ? other.getOriginalMessage()
            : String.valueOf(cause);
    return new Failure(
        activity,
        FailureKind.STEP_FAILED,
        message,
        null,
        "This is a defect or a fault of the host: look at the worker's log.");
  }

  static boolean isHandedOver(TemporalFailure thrown) {
    return thrown.getCause() instanceof ApplicationFailure told
        && HANDED_OVER.equals(told.getType());
  }

  /** Whether a step was cut off, as opposed to having failed. */
  static boolean isCutOff(TemporalFailure thrown) {
    return thrown.getCause() instanceof TimeoutFailure
        || thrown.getCause() instanceof ApplicationFailure told && !told.isNonRetryable();
  }

  /** Whether no worker was there to take a step within the time that it had. */
  static boolean isNeverTaken(TemporalFailure thrown) {
    return thrown.getCause() instanceof TimeoutFailure timeout
        && timeout.getTimeoutType() == TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_START;
  }

  /** What the host tells a person to do; empty if it said nothing. */
  static List<String> runbook(TemporalFailure thrown) {
    return thrown.getCause() instanceof ApplicationFailure told && told.getDetails().getSize() > 1
        ? List.of(told.getDetails().get(1, String[].class))
        : List.of();
  }

  private static Failure silentHost(String activity, TimeoutFailure timeout) {
    String message =
        switch (timeout.getTimeoutType()) {
          case TIMEOUT_TYPE_SCHEDULE_TO_START -> "No worker of this host took the step.";
          case TIMEOUT_TYPE_HEARTBEAT -> "The worker of this host went silent during the step.";
          default -> "The step took longer than it may.";
        };
    return new Failure(
        activity,
        FailureKind.HOST_UNREACHABLE,
        message,
        String.valueOf(timeout.getTimeoutType()),
        "Start the Uplift worker of this host, or look why it does not answer.");
  }
}
