package dev.uplift.api.upgrade;

/** Why an upgrade is given up; may be absent. */
record CancelRequest(String reason) {
  CancelRequest {
    UpgradeRequest.requireReason(reason);
  }
}
