package dev.uplift.upgrade;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.temporal.failure.ApplicationFailure;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * How an upgrade went: the answer of the API, the result of the workflow and the detail of its
 * failure. The fields up to {@code details} are a contract with existing clients: they keep their
 * names, types and order.
 *
 * @param newVersion what is deployed now; after turning back that is the previous version
 * @param commit seven digits
 * @param backupPath null without a kept backup
 * @param changed false when the tenant was at the target already
 * @param targetVersion null if the latest was asked for and could not be resolved
 * @param preparation what was done before the stop, a line each
 * @param downtimeMillis last good answer to first good answer, over all services; null if no
 *     service was stopped
 * @param failure why the release did not stay; null for a success
 * @param heldFor what stopped the compensation of a held tenant
 * @param runbook what a person does with a held tenant: exact commands, in order
 * @param ofUpgrade the upgrade that was rolled back or resumed; null for an upgrade
 */
public record UpgradeReport(
    UpgradeStatus status,
    @JsonProperty("previous_version") String previousVersion,
    @JsonProperty("new_version") String newVersion,
    String commit,
    @JsonProperty("migrations_run") List<String> migrationsRun,
    @JsonProperty("backup_path") String backupPath,
    List<String> details,
    @JsonProperty("upgrade_id") UUID upgradeId,
    String tenant,
    boolean changed,
    @JsonProperty("target_version") String targetVersion,
    List<String> preparation,
    @JsonProperty("downtime_ms") Long downtimeMillis,
    Failure failure,
    @JsonProperty("held_for") Failure heldFor,
    List<StepReport> steps,
    Fingerprints fingerprints,
    @JsonProperty("writes_after_start") Map<String, Long> writesAfterStart,
    @JsonProperty("failed_database") String failedDatabase,
    List<String> warnings,
    List<String> runbook,
    @JsonProperty("requested_by") String requestedBy,
    String reason,
    @JsonProperty("started_at") Instant startedAt,
    @JsonProperty("finished_at") Instant finishedAt,
    Operation operation,
    @JsonProperty("of_upgrade") UUID ofUpgrade) {

  /** The report in what a run failed with, if it has one. */
  public static Optional<UpgradeReport> in(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ApplicationFailure told && isOutcome(told.getType())) {
        return Optional.of(told.getDetails().get(UpgradeReport.class));
      }
    }
    return Optional.empty();
  }

  private static boolean isOutcome(String type) {
    return Arrays.stream(UpgradeStatus.values()).anyMatch(status -> status.code().equals(type));
  }

  /** Whether what was asked for was reached; of a resumed compensation that is the old release. */
  @JsonIgnore
  public boolean isReached() {
    return status == UpgradeStatus.SUCCESS
        || operation == Operation.RESUME && status == UpgradeStatus.ROLLED_BACK;
  }
}
