package dev.uplift.api.rollout;

import dev.uplift.api.web.Reason;

/**
 * What a person says to a rollout.
 *
 * @param reason one line for the audit log; may be absent
 */
record ReasonRequest(String reason) {
  ReasonRequest {
    Reason.require(reason);
  }
}
