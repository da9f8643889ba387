package dev.uplift.host;

import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;

/**
 * One step on the host, forward or back.
 *
 * <p>Whoever calls it holds the tenant's lock and has journaled the intent. It may have been killed
 * anywhere in an earlier attempt, so it looks at what is there before it changes something, and
 * does the rest.
 */
public interface HostStep {
  /**
   * @throws StepFailure if it failed for good
   * @throws StepCancelled if it was told to stop
   */
  StepResult run(StepInput input, StepContext context);

  /**
   * A person has the compensation tried again, after he had the tenant in hand: what this step
   * noted of what runs does not hold any more, and what only he could decide is decided.
   */
  default void resumed(StepContext context) {}
}
