package dev.uplift.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Tenant;
import java.util.Objects;
import java.util.UUID;

/**
 * That a person has looked after a held tenant, and wants its hold ended.
 *
 * @param upgradeId the upgrade that holds it, if the person named it; another hold is then left
 *     alone
 * @param knownUpgrade the upgrade that holds it or was lost, as far as the ledger knows
 * @param heldInLedger whether it holds the tenant as far as the ledger knows
 * @param startServices whether the units that were up are to be started
 * @param requestedBy the name of the token, for the records
 */
public record ReleaseOrder(
    Tenant tenant,
    AppProfile profile,
    @JsonProperty("upgrade_id") UUID upgradeId,
    @JsonProperty("known_upgrade") UUID knownUpgrade,
    @JsonProperty("held_in_ledger") boolean heldInLedger,
    @JsonProperty("start_services") boolean startServices,
    @JsonProperty("requested_by") String requestedBy,
    String reason) {
  public ReleaseOrder {
    Objects.requireNonNull(tenant, "tenant");
    Objects.requireNonNull(profile, "profile");
    Objects.requireNonNull(reason, "reason");
  }
}
