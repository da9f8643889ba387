package dev.uplift.ledger;

import dev.uplift.upgrade.UpgradeReport;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/**
 * Writes the outcome of an upgrade into the ledger of the API. Recording the same outcome twice
 * changes nothing.
 */
@ActivityInterface
public interface OutcomeRecorder {
  @ActivityMethod(name = "RecordOutcome")
  void recordOutcome(UpgradeReport report);
}
