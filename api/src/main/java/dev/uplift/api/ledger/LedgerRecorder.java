package dev.uplift.api.ledger;

import dev.uplift.ledger.OutcomeRecorder;
import dev.uplift.upgrade.UpgradeReport;
import org.springframework.stereotype.Component;

@Component
class LedgerRecorder implements OutcomeRecorder {
  private final UpgradeLedger ledger;

  LedgerRecorder(UpgradeLedger ledger) {
    this.ledger = ledger;
  }

  @Override
  public void recordOutcome(UpgradeReport report) {
    ledger.recordOutcome(report);
  }
}
