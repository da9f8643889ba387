package dev.uplift.api.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.api.web.Reason;
import java.util.UUID;

/**
 * @param reason what was done, and why it is well; recorded
 * @param upgradeId the upgrade whose hold is meant; absent: whatever holds the tenant
 * @param startServices whether to start the services that were up before; absent: false
 */
record ReleaseRequest(
    String reason,
    @JsonProperty("upgrade_id") UUID upgradeId,
    @JsonProperty("start_services") Boolean startServices) {
  ReleaseRequest {
    Reason.require(reason);
    if (reason == null || reason.isBlank()) {
      throw new IllegalArgumentException("reason: a release needs a reason, which is recorded");
    }
  }
}
