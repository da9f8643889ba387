package dev.uplift.upgrade;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/** What a host does for rehearsals beside the steps of preparation. */
@ActivityInterface
public interface RehearsalSteps {

  /** Gives back what was kept for the upgrade, which does not come now. */
  @ActivityMethod(name = "EndRehearsal")
  void endRehearsal(UpgradePlan plan);
}
