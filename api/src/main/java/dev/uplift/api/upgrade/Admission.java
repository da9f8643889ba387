package dev.uplift.api.upgrade;

import dev.uplift.api.audit.AuditLog;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.registry.Registry;
import dev.uplift.api.registry.Unknown;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.UpgradePlan;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Lets upgrades in. From the reading of the registry to the start of an upgrade almost a minute can
 * pass, in which the tenant may be deleted, changed or held.
 */
@Component
public class Admission {
  private static final Logger log = LoggerFactory.getLogger(Admission.class);

  private final Registry registry;
  private final UpgradeLedger ledger;
  private final AuditLog audit;
  private final TransactionOperations transaction;

  Admission(
      Registry registry, UpgradeLedger ledger, AuditLog audit, TransactionOperations transaction) {
    this.registry = registry;
    this.ledger = ledger;
    this.audit = audit;
    this.transaction = transaction;
  }

  /**
   * Enters an upgrade that is about to be started, into the ledger and the audit log. From now on
   * its tenant is busy for whoever changes the registry.
   *
   * @throws Problem if the tenant is not registered any more as the plan has it, or is held
   */
  public void admit(UpgradePlan plan) {
    transaction.executeWithoutResult(
        begun -> {
          registry.lockAgainstChange();
          refuseIfChanged(plan);
          if (plan.operation() != Operation.RESUME) {
            refuseIfHeld(plan.tenant().id());
          }
          ledger.enter(plan);
          audit.recordUpgrade(
              plan.requestedBy(),
              action(plan),
              plan.tenant().id().value(),
              plan.upgradeId(),
              plan.options().reason());
        });
  }

  /** Takes back what {@link #admit} did: the upgrade is not started after all. */
  public void withdraw(UUID upgradeId, String reason) {
    transaction.executeWithoutResult(
        begun ->
            ledger
                .find(upgradeId)
                .filter(LedgerEntry::isRunning)
                .ifPresent(
                    entry -> {
                      ledger.withdraw(entry.id());
                      audit.recordUpgrade(
                          entry.requestedBy(),
                          entry.operation().code() + ".withdrawn",
                          entry.tenant(),
                          entry.id(),
                          reason);
                    }));
  }

  /** The same for an upgrade that the engine refused. */
  void withdraw(UpgradePlan plan, String reason) {
    try {
      withdraw(plan.upgradeId(), reason);
    } catch (DataAccessException | TransactionException away) {
      // It is found out later that there is no such run.
      log.warn("upgrade {} stays in the ledger: {}", plan.upgradeId(), away.getMessage());
    }
  }

  private static String action(UpgradePlan plan) {
    return plan.options().force() ? "upgrade.force" : plan.operation().code() + ".start";
  }

  /** No option ends a hold: whoever does says so, by itself and with a reason. */
  void refuseIfHeld(Slug tenant) {
    ledger.holding(tenant).ifPresent(Admission::refuseHeld);
  }

  private void refuseIfChanged(UpgradePlan plan) {
    Slug id = plan.tenant().id();
    Tenant tenant = registry.tenant(id).orElseThrow(() -> Unknown.tenant(id));
    boolean same =
        tenant.equals(plan.tenant())
            && registry.app(AppName.of(tenant.app())).filter(plan.profile()::equals).isPresent();
    if (!same) {
      throw new Problem(
          HttpStatus.CONFLICT,
          "tenant-changed",
          "Tenant changed",
          "Somebody changed tenant "
              + id
              + " or its app in the registry while this upgrade was being prepared. Nothing was"
              + " started: ask for it again.");
    }
  }

  private static void refuseHeld(LedgerEntry holder) {
    throw new Problem(
            HttpStatus.CONFLICT,
            "tenant-held",
            "Tenant held",
            "Tenant "
                + holder.tenant()
                + " needs a person since upgrade "
                + holder.heldUpgrade()
                + ": follow the runbook in the report of "
                + holder.id()
                + ", then resume that upgrade, or release the tenant.")
        .with(Upgrades.UPGRADE_ID, holder.heldUpgrade())
        .at(ReportAnswer.location(holder.id()));
  }
}
