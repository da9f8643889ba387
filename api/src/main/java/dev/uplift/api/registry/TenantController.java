package dev.uplift.api.registry;

import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.TenantEntry;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.security.Principal;
import java.util.List;
import java.util.Map;
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

  private final Registry registry;
  private final RegistryChanges changes;

  TenantController(Registry registry, RegistryChanges changes) {
    this.registry = registry;
    this.changes = changes;
  }

  @GetMapping
  TenantList tenants() {
    return new TenantList(registry.tenants());
  }

  @GetMapping("/{id}")
  Tenant tenant(@PathVariable Slug id) {
    return registry.tenant(id).orElseThrow(() -> Unknown.tenant(id));
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
