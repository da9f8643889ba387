package dev.uplift.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.check.CheckReport.Unit;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * That the hold of a tenant is ended.
 *
 * @param upgradeId the upgrade that held it; null if a damaged journal did that told of none
 * @param units the tenant's services, and whether each runs now
 * @param notes what a person should know of it, a sentence each
 */
public record ReleasedTenant(
    String tenant,
    @JsonProperty("upgrade_id") UUID upgradeId,
    List<Unit> units,
    List<String> notes,
    @JsonProperty("released_by") String releasedBy,
    String reason,
    @JsonProperty("released_at") Instant releasedAt) {
  public ReleasedTenant {
    units = units == null ? List.of() : List.copyOf(units);
    notes = notes == null ? List.of() : List.copyOf(notes);
  }
}
