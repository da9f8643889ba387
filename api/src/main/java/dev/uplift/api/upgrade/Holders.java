package dev.uplift.api.upgrade;

import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.problem.Problem;
import dev.uplift.tenant.Slug;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Which upgrades hold tenants, as far as is known here. Only the host knows for certain. */
@Component
class Holders {
  static final String NOT_HELD = "tenant-not-held";
  static final String NOT_HELD_TITLE = "Tenant not held";

  private final UpgradeLedger ledger;

  Holders(UpgradeLedger ledger) {
    this.ledger = ledger;
  }

  /** The one that holds it, or of which nobody knows how it ended: its host may hold it since. */
  Optional<UUID> known(Slug tenant) {
    return ledger.holding(tenant).or(() -> ledger.lost(tenant)).map(LedgerEntry::heldUpgrade);
  }

  boolean isHeld(Slug tenant) {
    return ledger.holding(tenant).isPresent();
  }

  /**
   * The upgrade that somebody means by an id, which may be that of its resumption.
   *
   * @throws Problem if that is one of another tenant
   */
  UUID meant(Slug tenant, UUID named) {
    Optional<LedgerEntry> entry = ledger.find(named);
    if (entry.isPresent() && !entry.get().tenant().equals(tenant.value())) {
      throw notHeld(tenant, "upgrade " + named + " is one of tenant " + entry.get().tenant() + ".");
    }
    return entry.map(LedgerEntry::heldUpgrade).orElse(named);
  }

  /**
   * @param named null for whatever holds it
   * @throws Problem if nothing does
   */
  UUID require(Slug tenant, UUID named) {
    if (named != null) {
      return meant(tenant, named);
    }
    return known(tenant).orElseThrow(() -> notHeld(tenant, lastOf(tenant)));
  }

  private String lastOf(Slug tenant) {
    List<LedgerEntry> last = ledger.page(1, null, tenant, null);
    return last.isEmpty()
        ? "it was never upgraded."
        : "its last upgrade " + last.get(0).id() + " is " + last.get(0).status() + ".";
  }

  static Problem notHeld(Slug tenant, String why) {
    return new Problem(
        HttpStatus.CONFLICT, NOT_HELD, NOT_HELD_TITLE, "Tenant " + tenant + " is not held: " + why);
  }
}
