package dev.uplift.api.rollout;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.rollout.Outcome;
import java.time.Instant;
import java.util.UUID;

/**
 * What came of one tenant of a rollout.
 *
 * @param wave from 1
 * @param outcome null if nothing has so far
 * @param rehearsal what a rehearsal found of it
 */
record RolloutTenant(
    String tenant,
    String host,
    int wave,
    Outcome outcome,
    @JsonProperty("upgrade_id") UUID upgradeId,
    String message,
    @JsonProperty("downtime_ms") Long downtimeMillis,
    @JsonProperty("ended_at") Instant endedAt,
    Rehearsal rehearsal) {

  RolloutTenant predicting(Long downtime) {
    if (rehearsal == null || rehearsal.outcome() != Outcome.WOULD_UPGRADE) {
      return this;
    }
    Rehearsal predicted =
        new Rehearsal(
            rehearsal.outcome(),
            rehearsal.message(),
            rehearsal.deployedVersion(),
            rehearsal.diskBytes(),
            rehearsal.migrationsMillis(),
            downtime);
    return new RolloutTenant(
        tenant, host, wave, outcome, upgradeId, message, downtimeMillis, endedAt, predicted);
  }

  /**
   * What is known of an upgrade that has not begun.
   *
   * @param outcome {@code would_upgrade}, {@code already_there}, or why not
   * @param message one sentence for a person; null if nothing refuses the upgrade
   * @param diskBytes what it needs on the host's file systems, all together
   * @param migrationsMillis null if its migrations were not rehearsed
   * @param predictedDowntimeMillis as its last upgrade was; null if there was none
   */
  record Rehearsal(
      Outcome outcome,
      String message,
      @JsonProperty("deployed_version") String deployedVersion,
      @JsonProperty("disk_bytes") Long diskBytes,
      @JsonProperty("migrations_ms") Long migrationsMillis,
      @JsonProperty("predicted_downtime_ms") Long predictedDowntimeMillis) {}
}
