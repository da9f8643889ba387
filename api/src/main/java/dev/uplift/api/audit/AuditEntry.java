package dev.uplift.api.audit;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * @param upgradeId the upgrade by which it was done, or that it was about; null if there is none
 */
record AuditEntry(
    long seq,
    String at,
    String who,
    String action,
    String object,
    @JsonProperty("upgrade_id") String upgradeId,
    String reason) {}
