package dev.uplift.host;

import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;

/** A step failed for good. Whoever throws it says what is wrong, what was seen and what to do. */
public class StepFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final FailureKind kind;
  private final String evidence;
  private final String advice;

  /**
   * @param message one sentence: what is wrong
   * @param evidence what was seen; null if the message says it all
   * @param advice what to do about it
   */
  public StepFailure(FailureKind kind, String message, String evidence, String advice) {
    this(kind, message, evidence, advice, null);
  }

  public StepFailure(
      FailureKind kind, String message, String evidence, String advice, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.evidence = evidence;
    this.advice = advice;
  }

  public FailureKind kind() {
    return kind;
  }

  public String evidence() {
    return evidence;
  }

  public String advice() {
    return advice;
  }

  /**
   * What leaves the host of it: without secrets, and cut.
   *
   * @param activity the step that failed
   */
  public Failure told(String activity) {
    return new Failure(
        activity,
        kind == null ? FailureKind.STEP_FAILED : kind,
        Redaction.of(getMessage()),
        Tail.of(Redaction.of(evidence)),
        Redaction.of(advice));
  }
}
