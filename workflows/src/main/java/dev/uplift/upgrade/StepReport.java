package dev.uplift.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;

/**
 * One step of a report, also while it runs.
 *
 * @param name the activity type
 * @param status {@code running}, {@code done} or {@code failed}
 * @param durationMillis null while it runs
 */
public record StepReport(
    String name,
    Direction direction,
    String status,
    @JsonProperty("started_at") Instant startedAt,
    @JsonProperty("duration_ms") Long durationMillis,
    String summary,
    String output) {}
