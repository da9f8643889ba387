package dev.uplift.host;

import java.time.Duration;

/**
 * How a step learns that it is to stop: its upgrade was cancelled, or a newer attempt took over.
 */
public interface Cancellation {

  /**
   * @throws StepCancelled if the step is to stop
   */
  void check();

  boolean isRequested();

  /**
   * Lets some time pass, as part of the step.
   *
   * @throws StepCancelled if the step is to stop, or its thread was interrupted
   */
  default void pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    }
    check();
  }

  /** Of a step that nobody can stop, or of a part of one that is never cut short; and for tests. */
  Cancellation NEVER =
      new Cancellation() {
        @Override
        public void check() {}

        @Override
        public boolean isRequested() {
          return false;
        }
      };
}
