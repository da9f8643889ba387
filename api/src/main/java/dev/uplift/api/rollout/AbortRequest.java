package dev.uplift.api.rollout;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.api.web.Reason;

/**
 * How a rollout is aborted; every field may be absent.
 *
 * @param cancelRunning whether the upgrades under way are to give up, as far as they still can;
 *     absent: false, they are let end
 */
record AbortRequest(@JsonProperty("cancel_running") Boolean cancelRunning, String reason) {
  static final AbortRequest DEFAULTS = new AbortRequest(null, null);

  AbortRequest {
    Reason.require(reason);
  }

  boolean cancels() {
    return Boolean.TRUE.equals(cancelRunning);
  }
}
