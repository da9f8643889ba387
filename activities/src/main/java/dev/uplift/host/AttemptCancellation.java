package dev.uplift.host;

/** The cancellation of one attempt at a step; whoever asks first gives the reason. */
public final class AttemptCancellation implements Cancellation {
  private volatile RuntimeException reason;

  public synchronized void request(RuntimeException why) {
    if (reason == null) {
      reason = why;
    }
  }

  /** Why the attempt is to stop; null while it is not. */
  public RuntimeException reason() {
    return reason;
  }

  @Override
  public void check() {
    if (reason != null) {
      throw new StepCancelled(String.valueOf(reason.getMessage()));
    }
  }

  @Override
  public boolean isRequested() {
    return reason != null;
  }
}
