package dev.uplift.api;

import dev.uplift.check.CheckReport.Unit;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.HeldSteps;
import dev.uplift.upgrade.ReleaseOrder;
import dev.uplift.upgrade.ReleasedTenant;
import dev.uplift.upgrade.StepFailures;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.UpgradePlan;
import io.temporal.failure.ApplicationFailure;
import java.time.Instant;
import java.util.List;

/** A host that has lost its journals: it releases whom the ledger holds, and resumes nobody. */
final class FakeHolds implements HeldSteps {
  /** A tenant whose host has settled what held it. */
  static final String SERVES = "serves";

  @Override
  public StepInput reopenUpgrade(UpgradePlan plan) {
    if (plan.tenant().id().value().equals(SERVES)) {
      throw refused("ReopenUpgrade", FailureKind.NOT_HELD, "It serves.");
    }
    throw refused("ReopenUpgrade", FailureKind.JOURNAL_UNREADABLE, "There is no journal.");
  }

  @Override
  public ReleasedTenant releaseTenant(ReleaseOrder order) {
    if (!order.heldInLedger()) {
      throw refused("ReleaseTenant", FailureKind.NOT_HELD, "It serves.");
    }
    return new ReleasedTenant(
        order.tenant().id().value(),
        order.knownUpgrade(),
        List.of(new Unit(order.tenant().id() + "-api", order.startServices())),
        List.of("A note."),
        order.requestedBy(),
        order.reason(),
        Instant.parse("2026-01-02T03:04:05Z"));
  }

  private static ApplicationFailure refused(String activity, FailureKind kind, String message) {
    return ApplicationFailure.newNonRetryableFailure(
        message, StepFailures.TYPE, new Failure(activity, kind, message, null, null));
  }
}
