package dev.uplift.host;

import dev.uplift.upgrade.FailureKind;
import java.io.PrintWriter;
import java.io.StringWriter;

/** Makes the best of an exception that no step expected. */
public final class UnexpectedFailure {
  private UnexpectedFailure() {}

  public static StepFailure explain(RuntimeException unexpected) {
    for (Throwable cause = unexpected; cause != null; cause = cause.getCause()) {
      if (String.valueOf(cause.getMessage()).contains("No space left on device")) {
        return new StepFailure(
            FailureKind.DISK_FULL,
            "A file system of the host is full.",
            cause.getMessage(),
            "Make room; old backups and failed databases are the first candidates.",
            unexpected);
      }
    }
    StringWriter trace = new StringWriter();
    unexpected.printStackTrace(new PrintWriter(trace));
    return new StepFailure(
        FailureKind.STEP_FAILED,
        unexpected.getMessage() == null
            ? unexpected.getClass().getSimpleName()
            : unexpected.getMessage(),
        trace.toString(),
        "This is a defect or a fault of the host: look at the worker's log.",
        unexpected);
  }
}
