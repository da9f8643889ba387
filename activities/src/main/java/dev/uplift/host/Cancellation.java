package dev.uplift.host;

/**
 * How a step learns that it is to stop: its upgrade was cancelled, or a newer attempt took over.
 */
public interface Cancellation {

  /**
   * @throws StepCancelled if the step is to stop
   */
  void check();

  boolean isRequested();

  /** A step that nobody can stop: the host's own turning back, and tests. */
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
