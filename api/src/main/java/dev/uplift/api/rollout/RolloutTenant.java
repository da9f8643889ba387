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
 */
record RolloutTenant(
    String tenant,
    String host,
    int wave,
    Outcome outcome,
    @JsonProperty("upgrade_id") UUID upgradeId,
    String message,
    @JsonProperty("downtime_ms") Long downtimeMillis,
    @JsonProperty("ended_at") Instant endedAt) {}
