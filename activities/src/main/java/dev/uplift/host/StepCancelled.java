package dev.uplift.host;

/** The step was told to stop and has done so. */
public final class StepCancelled extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StepCancelled(String reason) {
    super(reason);
  }
}
