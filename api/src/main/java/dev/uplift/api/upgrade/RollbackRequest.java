package dev.uplift.api.upgrade;

import dev.uplift.api.web.Reason;
import java.util.UUID;

/**
 * @param confirm the upgrade that is to be undone, with what that gives up; absent: only tell
 * @param reason for the audit log
 */
record RollbackRequest(UUID confirm, String reason) {
  static final RollbackRequest DEFAULTS = new RollbackRequest(null, null);

  RollbackRequest {
    Reason.require(reason);
  }
}
