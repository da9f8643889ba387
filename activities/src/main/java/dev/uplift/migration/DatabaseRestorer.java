package dev.uplift.migration;

import dev.uplift.host.StepContext;
import dev.uplift.upgrade.StepInput;

/** Puts the database back as it was when the services had been stopped. */
public interface DatabaseRestorer {
  void restore(StepInput input, StepContext context);
}
