package dev.uplift.api;

import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.RehearsalReport;
import dev.uplift.upgrade.RehearsalWorkflow;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.upgrade.UpgradeProgress;
import java.util.List;

/** Ends as the upgrade would: the migrations of v0.5.0 fail, and there is no v0.8.0. */
public final class FakeRehearsal implements RehearsalWorkflow {
  @Override
  public RehearsalReport rehearse(UpgradePlan plan, boolean migrates) {
    String target = plan.target().name();
    Failure failure = null;
    if (target.equals("v0.8.0")) {
      failure = new Failure("FetchRelease", FailureKind.TAG_MISSING, "No such tag.", null, null);
    } else if (target.equals("v0.5.0") && migrates) {
      failure =
          new Failure(
              "RehearseMigrations",
              FailureKind.MIGRATION_FAILED,
              "A migration failed.",
              null,
              null);
    }
    return new RehearsalReport(
        plan.tenant().id().value(),
        "v0.2.0",
        target,
        target.equals("v0.2.0"),
        4096L,
        migrates ? 250L : null,
        List.of(),
        failure);
  }

  @Override
  public UpgradeProgress progress() {
    return null;
  }
}
