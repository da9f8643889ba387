package dev.uplift.api.registry;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.TenantEntry;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.security.Principal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/tenants")
class TenantController {
  record TenantList(List<Tenant> tenants) {}

  /**
   * @param held since when a person is needed, as the ledger knows it; absent if none is
   */
  record TenantState(@JsonUnwrapped Tenant tenant, Held held) {}

  /**
   * @param upgradeId whose journal holds it
   * @param report where its newest report is, with the runbook
   */
  record Held(@JsonProperty("upgrade_id") UUID upgradeId, Instant since, String report) {
    static Held by(LedgerEntry entry) {
      return new Held(entry.heldUpgrade(), entry.finishedAt(), "/api/upgrades/" + entry.id());
    }
  }

  private final Registry registry;
  private final RegistryChanges changes;
  private final UpgradeLedger ledger;

  TenantController(Registry registry, RegistryChanges changes, UpgradeLedger ledger) {
    this.registry = registry;
    this.changes = changes;
    this.ledger = ledger;
  }

  @GetMapping
  TenantList tenants() {
    return new TenantList(registry.tenants());
  }

  @GetMapping("/{id}")
  TenantState tenant(@PathVariable Slug id) {
    Tenant tenant = registry.tenant(id).orElseThrow(() -> Unknown.tenant(id));
    return new TenantState(tenant, ledger.holding(id).map(Held::by).orElse(null));
  }

  @PutMapping("/{id}")
  ResponseEntity<Tenant> put(
      @PathVariable Slug id, @RequestBody TenantEntry entry, Principal caller) {
    Tenant tenant = entry.named(id);
    boolean created =
        changes.enter(new Fleet(List.of(), Map.of(), List.of(tenant)), caller.getName());
    return ResponseEntity.status(created ? HttpStatus.CREATED : HttpStatus.OK).body(tenant);
  }

  @DeleteMapping("/{id}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void delete(@PathVariable Slug id, Principal caller) {
    changes.deleteTenant(id, caller.getName());
  }
}
