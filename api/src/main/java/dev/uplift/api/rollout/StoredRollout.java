package dev.uplift.api.rollout;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.rollout.RolloutOrder;
import dev.uplift.rollout.RolloutProgress;
import dev.uplift.rollout.RolloutStatus;
import java.time.Instant;
import java.util.UUID;

/**
 * A rollout as the registry has it.
 *
 * @param retryOf the one whose tenants it tries again that did not get there; null if it is none
 * @param progress as it was told last; null before it was told anything
 */
record StoredRollout(
    UUID id,
    RolloutStatus status,
    @JsonProperty("target_version") String targetVersion,
    @JsonProperty("requested_by") String requestedBy,
    String reason,
    @JsonProperty("requested_at") Instant requestedAt,
    @JsonProperty("finished_at") Instant finishedAt,
    @JsonProperty("retry_of") UUID retryOf,
    @JsonIgnore RolloutOrder order,
    RolloutProgress progress) {

  /** Whether nobody is upgraded. */
  @JsonProperty("dry_run")
  boolean isDryRun() {
    return !order.rehearsal().upgrades();
  }

  StoredRollout with(RolloutProgress live) {
    return new StoredRollout(
        id,
        live.status(),
        targetVersion,
        requestedBy,
        reason,
        requestedAt,
        finishedAt,
        retryOf,
        order,
        live);
  }
}
