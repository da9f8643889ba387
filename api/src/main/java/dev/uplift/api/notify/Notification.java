package dev.uplift.api.notify;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.UUID;

/**
 * Something that somebody is to be told, and how far that is.
 *
 * @param id the same in every attempt, so that a receiver can tell a repetition
 * @param channel the name in the settings
 * @param body the JSON that is delivered
 * @param status {@code pending}, {@code delivered} or {@code given_up}
 * @param dueAt when it is tried next
 * @param endedAt null while it is pending
 * @param lastAnswer what the last attempt came to; null before there was one
 */
record Notification(
    UUID id,
    String channel,
    String event,
    String tenant,
    @JsonProperty("upgrade_id") UUID upgradeId,
    @JsonIgnore String body,
    String status,
    int attempts,
    @JsonProperty("created_at") Instant createdAt,
    @JsonProperty("due_at") Instant dueAt,
    @JsonProperty("ended_at") Instant endedAt,
    @JsonProperty("last_answer") String lastAnswer) {
  static final String PENDING = "pending";
  static final String DELIVERED = "delivered";
  static final String GIVEN_UP = "given_up";
}
