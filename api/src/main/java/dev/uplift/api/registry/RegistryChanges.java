package dev.uplift.api.registry;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.api.audit.AuditLog;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.problem.Problem;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.Host;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Every change of the registry: checked against the rules as a whole, then recorded. */
@Service
class RegistryChanges {
  /** What applying a fleet did, or would do. */
  record Applied(
      @JsonProperty("dry_run") boolean dryRun,
      List<String> created,
      List<String> changed,
      List<String> unchanged) {

    boolean hasCreated() {
      return !created.isEmpty();
    }
  }

  private final Registry registry;
  private final UpgradeLedger ledger;
  private final AuditLog audit;

  RegistryChanges(Registry registry, UpgradeLedger ledger, AuditLog audit) {
    this.registry = registry;
    this.ledger = ledger;
    this.audit = audit;
  }

  @Transactional
  Applied apply(Fleet fleet, boolean dryRun, String who) {
    registry.lockForChange();
    refuseIfBroken(fleet);
    Applied applied = new Applied(dryRun, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (Host host : fleet.hosts()) {
      boolean write = note(applied, "hosts/" + host.name(), registry.host(host.name()), host, who);
      if (write) {
        registry.save(host);
      }
    }
    Map<AppName, AppProfile> apps = registry.apps();
    fleet
        .apps()
        .forEach(
            (name, profile) -> {
              Optional<AppProfile> before = Optional.ofNullable(apps.get(name));
              if (note(applied, "apps/" + name, before, profile, who)) {
                registry.save(name, profile);
              }
            });
    for (Tenant tenant : fleet.tenants()) {
      boolean write =
          note(applied, "tenants/" + tenant.id(), registry.tenant(tenant.id()), tenant, who);
      if (write) {
        registry.save(tenant);
      }
    }
    return applied;
  }

  @Transactional
  void deleteHost(HostName name, String who) {
    registry.lockForChange();
    refuseIfUsed("host " + name, tenant -> tenant.host().equals(name));
    deleted(registry.deleteHost(name), "hosts/" + name, who);
  }

  @Transactional
  void deleteApp(AppName name, String who) {
    registry.lockForChange();
    refuseIfUsed("app " + name, tenant -> tenant.app().equals(name.value()));
    deleted(registry.deleteApp(name), "apps/" + name, who);
  }

  @Transactional
  void deleteTenant(Slug id, String who) {
    ledger
        .running(id)
        .ifPresent(
            upgrade -> {
              throw new Problem(
                      HttpStatus.CONFLICT,
                      "tenant-busy",
                      "Tenant busy",
                      "Tenant " + id + " is being upgraded; delete it when that is over.")
                  .with("upgrade_id", upgrade.id());
            });
    deleted(registry.deleteTenant(id), "tenants/" + id, who);
  }

  // The registry is judged as it would be afterwards: a changed app can break a tenant that the
  // change does not name.
  private void refuseIfBroken(Fleet fleet) {
    Set<HostName> hosts = registry.hosts().stream().map(Host::name).collect(Collectors.toSet());
    fleet.hosts().forEach(host -> hosts.add(host.name()));
    Map<AppName, AppProfile> apps = new HashMap<>(registry.apps());
    apps.putAll(fleet.apps());
    Map<Slug, Tenant> tenants = new LinkedHashMap<>();
    registry.tenants().forEach(tenant -> tenants.put(tenant.id(), tenant));
    fleet.tenants().forEach(tenant -> tenants.put(tenant.id(), tenant));
    List<String> problems =
        RegistryRules.problems(
            hosts,
            name -> Optional.ofNullable(apps.get(name)).or(() -> registry.app(name)),
            tenants.values());
    if (!problems.isEmpty()) {
      throw new Problem(
              HttpStatus.BAD_REQUEST,
              "inconsistent-registry",
              "Inconsistent registry",
              String.join("; ", problems))
          .with("errors", problems);
    }
  }

  private <T> boolean note(
      Applied applied, String object, Optional<T> before, T after, String who) {
    if (before.isPresent() && before.get().equals(after)) {
      applied.unchanged().add(object);
      return false;
    }
    String action = before.isEmpty() ? "create" : "change";
    (before.isEmpty() ? applied.created() : applied.changed()).add(object);
    if (!applied.dryRun()) {
      audit.record(who, "registry." + action, object, null);
    }
    return !applied.dryRun();
  }

  private void refuseIfUsed(String what, Predicate<Tenant> uses) {
    List<String> users =
        registry.tenants().stream().filter(uses).map(tenant -> tenant.id().value()).toList();
    if (!users.isEmpty()) {
      throw new Problem(
              HttpStatus.CONFLICT,
              "in-use",
              "In use",
              "Tenants use " + what + ": " + String.join(", ", users))
          .with("tenants", users);
    }
  }

  private void deleted(boolean wasThere, String object, String who) {
    if (!wasThere) {
      throw Unknown.object(object);
    }
    audit.record(who, "registry.delete", object, null);
  }
}
