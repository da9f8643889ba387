package dev.uplift.api.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.upgrade.StepReport;
import dev.uplift.upgrade.UpgradeProgress;
import java.util.List;

/**
 * An upgrade as the ledger knows it and, while it runs, how far it is.
 *
 * @param live {@code true} if phase and steps were told by the run just now; {@code false} if it
 *     should have and could not
 */
record UpgradeState(
    @JsonUnwrapped LedgerEntry entry,
    Boolean live,
    String phase,
    @JsonProperty("steps") List<StepReport> steps) {

  static UpgradeState over(LedgerEntry entry) {
    return new UpgradeState(entry, null, null, null);
  }

  static UpgradeState running(LedgerEntry entry, UpgradeProgress progress) {
    return new UpgradeState(entry, true, progress.phase(), progress.steps());
  }

  static UpgradeState unseen(LedgerEntry entry) {
    return new UpgradeState(entry, false, null, null);
  }
}
