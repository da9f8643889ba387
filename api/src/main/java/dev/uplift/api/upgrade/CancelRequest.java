package dev.uplift.api.upgrade;

import dev.uplift.api.web.Reason;

/** Why an upgrade is given up; may be absent. */
record CancelRequest(String reason) {
  CancelRequest {
    Reason.require(reason);
  }
}
