package dev.uplift.rollout;

import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.upgrade.UpgradeProgress;
import dev.uplift.upgrade.UpgradeReport;
import dev.uplift.upgrade.UpgradeStatus;
import dev.uplift.upgrade.UpgradeWorkflow;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** An upgrade that touches no host: its tenant's id says how it ends. */
public class ScriptedUpgrades implements UpgradeWorkflow {
  /** How tenants end that are to fail; the others succeed. */
  static final Map<String, UpgradeStatus> ENDS = new ConcurrentHashMap<>();

  /** Tenants that fail with the same words. */
  static final Set<String> ALIKE = ConcurrentHashMap.newKeySet();

  /** Tenants that are at the target. */
  static final Set<String> THERE = ConcurrentHashMap.newKeySet();

  /** Tenants of hosts that do not answer. */
  static final Set<String> SILENT = ConcurrentHashMap.newKeySet();

  /** Tenants whose upgrade runs or has run. */
  static final Set<String> BEGUN = ConcurrentHashMap.newKeySet();

  @Override
  public UpgradeReport upgrade(UpgradePlan plan) {
    String tenant = plan.tenant().id().value();
    BEGUN.add(tenant);
    Workflow.sleep(SILENT.contains(tenant) ? Duration.ofHours(3) : Duration.ofSeconds(10));
    UpgradeStatus status = ENDS.getOrDefault(tenant, UpgradeStatus.SUCCESS);
    UpgradeReport report = report(plan, status);
    if (status == UpgradeStatus.SUCCESS) {
      return report;
    }
    throw ApplicationFailure.newNonRetryableFailure("failed", status.code(), report);
  }

  private static UpgradeReport report(UpgradePlan plan, UpgradeStatus status) {
    String tenant = plan.tenant().id().value();
    Failure failure =
        status == UpgradeStatus.SUCCESS
            ? null
            : new Failure(
                "RunMigrations",
                FailureKind.MIGRATION_FAILED,
                ALIKE.contains(tenant)
                    ? "Row 17 of " + tenant + " does not fit."
                    : "Row of customer " + nameOfItsOwn(tenant) + " does not fit.",
                null,
                null);
    return new UpgradeReport(
        status,
        "v0.2.0",
        status == UpgradeStatus.SUCCESS ? "v0.3.0" : "v0.2.0",
        "17b3ab3",
        List.of(),
        null,
        List.of(),
        plan.upgradeId(),
        tenant,
        status == UpgradeStatus.SUCCESS && !THERE.contains(tenant),
        "v0.3.0",
        List.of(),
        812L,
        failure,
        null,
        List.of(),
        null,
        Map.of(),
        null,
        List.of(),
        List.of(),
        plan.requestedBy(),
        null,
        null,
        null,
        Operation.UPGRADE,
        null);
  }

  /** Letters only: so no two of them fail alike. */
  private static String nameOfItsOwn(String tenant) {
    StringBuilder letters = new StringBuilder();
    UUID.nameUUIDFromBytes(tenant.getBytes(java.nio.charset.StandardCharsets.UTF_8))
        .toString()
        .chars()
        .filter(Character::isLetterOrDigit)
        .forEach(c -> letters.append((char) ('g' + Character.digit(c, 16))));
    return letters.toString();
  }

  @Override
  public void cancel(String reason) {}

  @Override
  public void validateCancel(String reason) {}

  @Override
  public UpgradeProgress progress() {
    return null;
  }
}
