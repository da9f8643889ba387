package dev.uplift.api.ledger;

import dev.uplift.ledger.OutcomeRecorder;
import dev.uplift.ledger.ReleaseRecorder;
import dev.uplift.upgrade.ReleasedTenant;
import dev.uplift.upgrade.UpgradeReport;
import io.temporal.failure.ApplicationFailure;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

@Component
class LedgerRecorder implements OutcomeRecorder, ReleaseRecorder {
  private final UpgradeLedger ledger;

  LedgerRecorder(UpgradeLedger ledger) {
    this.ledger = ledger;
  }

  @Override
  public void recordOutcome(UpgradeReport report) {
    try {
      ledger.recordOutcome(report);
    } catch (DataAccessException | TransactionException away) {
      throw tryAgain("the outcome", away);
    }
  }

  @Override
  public void recordRelease(ReleasedTenant released) {
    try {
      ledger.recordRelease(released);
    } catch (DataAccessException | TransactionException away) {
      throw tryAgain("the release", away);
    }
  }

  // Without the stack trace, which would be repeated in the history and the log until it is back.
  private static ApplicationFailure tryAgain(String what, RuntimeException away) {
    return ApplicationFailure.newFailure(
        "the registry did not take " + what + ": " + away.getMessage(), "registry_away");
  }
}
