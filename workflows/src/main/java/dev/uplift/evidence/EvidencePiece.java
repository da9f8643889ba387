package dev.uplift.evidence;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;

/**
 * Something that was seen during an upgrade: what a script printed, what a service logged.
 *
 * @param name what it is, like {@code migrations/scripts/create_schema.py}; a step that ran twice
 *     has left two of a name
 * @param text without secrets; its end, if it was longer than what is kept
 * @param cutBytes how much of its beginning was not kept
 */
public record EvidencePiece(
    String name, Instant at, String text, @JsonProperty("cut_bytes") long cutBytes) {}
