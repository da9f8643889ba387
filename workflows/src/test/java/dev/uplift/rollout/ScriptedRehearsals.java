package dev.uplift.rollout;

import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.RehearsalReport;
import dev.uplift.upgrade.RehearsalWorkflow;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.upgrade.UpgradeProgress;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A rehearsal that touches no host. */
public class ScriptedRehearsals implements RehearsalWorkflow {
  /** Tenants whose rehearsals fail; the others' succeed. */
  static final Set<String> FAILING = ConcurrentHashMap.newKeySet();

  /** Tenants whose rehearsals go on until they are cancelled. */
  static final Set<String> SILENT = ConcurrentHashMap.newKeySet();

  @Override
  public RehearsalReport rehearse(UpgradePlan plan, boolean migrates) {
    String tenant = plan.tenant().id().value();
    if (SILENT.contains(tenant)) {
      Workflow.sleep(Duration.ofDays(2));
    }
    Failure failure =
        FAILING.contains(tenant)
            ? new Failure(
                "RehearseMigrations", FailureKind.MIGRATION_FAILED, "It fails.", null, null)
            : null;
    return new RehearsalReport(
        tenant, "v0.2.0", "v0.3.0", false, 1L, migrates ? 2L : null, List.of(), failure);
  }

  @Override
  public UpgradeProgress progress() {
    return null;
  }
}
