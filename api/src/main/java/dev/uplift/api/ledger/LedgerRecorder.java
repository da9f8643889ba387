package dev.uplift.api.ledger;

import dev.uplift.ledger.OutcomeRecorder;
import dev.uplift.upgrade.UpgradeReport;
import io.temporal.failure.ApplicationFailure;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

@Component
class LedgerRecorder implements OutcomeRecorder {
  private final UpgradeLedger ledger;

  LedgerRecorder(UpgradeLedger ledger) {
    this.ledger = ledger;
  }

  @Override
  public void recordOutcome(UpgradeReport report) {
    try {
      ledger.recordOutcome(report);
    } catch (DataAccessException | TransactionException away) {
      // Without the stack trace, which would be repeated in the history and the log until it is
      // back.
      throw ApplicationFailure.newFailure(
          "the registry did not take the outcome: " + away.getMessage(), "registry_away");
    }
  }
}
