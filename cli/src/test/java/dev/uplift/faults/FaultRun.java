package dev.uplift.faults;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;

/**
 * A case that was run: a line of the log.
 *
 * @param commit of the sources; with {@code -dirty} if they were changed since
 */
record FaultRun(
    FaultCase of,
    Verdict verdict,
    String seen,
    @JsonProperty("took_ms") long tookMillis,
    String commit,
    Instant at) {}
