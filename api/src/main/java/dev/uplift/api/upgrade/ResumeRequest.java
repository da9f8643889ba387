package dev.uplift.api.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.api.web.Reason;
import java.util.UUID;

/**
 * @param upgradeId the upgrade that is to be resumed; absent: the one that holds the tenant
 * @param reason may be absent
 */
record ResumeRequest(@JsonProperty("upgrade_id") UUID upgradeId, String reason) {
  static final ResumeRequest DEFAULTS = new ResumeRequest(null, null);

  ResumeRequest {
    Reason.require(reason);
  }
}
