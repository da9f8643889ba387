package dev.uplift.api.rollout;

/**
 * What a person says to a rollout.
 *
 * @param reason one line for the audit log; may be absent
 */
record ReasonRequest(String reason) {
  ReasonRequest {
    RolloutRequest.requireReason(reason);
  }
}
