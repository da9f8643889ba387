package dev.uplift.api.ledger;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.UpgradeReport;
import dev.uplift.upgrade.UpgradeStatus;
import java.time.Instant;
import java.util.UUID;

/**
 * An upgrade that was asked for.
 *
 * @param seq its place in the order
 * @param targetVersion null if the latest was asked for and could not be told then
 * @param runId null while it is not certain that the engine started it
 * @param status {@code running}, an outcome, {@code not_started} or {@code lost}
 * @param report null before the end
 * @param ofUpgrade the upgrade that is rolled back or resumed; null for an upgrade
 * @param released that a person ended the hold of its tenant; null if nobody did
 */
public record LedgerEntry(
    @JsonIgnore long seq,
    @JsonProperty("upgrade_id") UUID id,
    String tenant,
    String host,
    @JsonProperty("target_version") String targetVersion,
    @JsonIgnore String runId,
    String status,
    @JsonProperty("requested_by") String requestedBy,
    String reason,
    @JsonProperty("requested_at") Instant requestedAt,
    @JsonProperty("finished_at") Instant finishedAt,
    UpgradeReport report,
    Operation operation,
    @JsonProperty("of_upgrade") UUID ofUpgrade,
    Release released) {
  public static final String RUNNING = "running";

  /** The engine never took it. */
  public static final String NOT_STARTED = "not_started";

  /** Its run ended without a report, for instance terminated by hand; the host settles itself. */
  public static final String LOST = "lost";

  /** The end of a hold. */
  public record Release(Instant at, String by, String reason) {}

  /** The upgrade whose journal holds the tenant: of one that was resumed, that one. */
  @JsonIgnore
  public UUID heldUpgrade() {
    return operation == Operation.RESUME ? ofUpgrade : id;
  }

  @JsonIgnore
  public boolean isRunning() {
    return status.equals(RUNNING);
  }

  /** Whether the tenant may be another one since. */
  @JsonIgnore
  public boolean mayHaveChanged() {
    return !status.equals(NOT_STARTED)
        && (report == null || report.changed() || report.status() != UpgradeStatus.SUCCESS);
  }

  public LedgerEntry withoutReport() {
    return new LedgerEntry(
        seq,
        id,
        tenant,
        host,
        targetVersion,
        runId,
        status,
        requestedBy,
        reason,
        requestedAt,
        finishedAt,
        null,
        operation,
        ofUpgrade,
        released);
  }
}
