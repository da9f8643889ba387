package dev.uplift.api.registry;

import dev.uplift.api.audit.AuditLog;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.problem.Problem;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.Host;
import dev.uplift.profile.yaml.ProfileReader;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Every change of the registry: checked against the rules as a whole, then recorded. */
@Service
class RegistryChanges {
  private final Registry registry;
  private final UpgradeLedger ledger;
  private final AuditLog audit;

  RegistryChanges(Registry registry, UpgradeLedger ledger, AuditLog audit) {
    this.registry = registry;
    this.ledger = ledger;
    this.audit = audit;
  }

  /**
   * Enters what the fleet names: all of it, or nothing.
   *
   * @return whether any of it is new
   * @throws Problem if the registry would be inconsistent afterwards
   */
  @Transactional
  boolean enter(Fleet fleet, String who) {
    registry.lockForChange();
    FleetDiff diff = FleetDiff.between(registry.fleet(), fleet);
    refuseIfBroken(diff.merged());
    write(fleet, diff, who);
    return !diff.created().isEmpty();
  }

  /**
   * Applies a fleet file: all of it, or nothing.
   *
   * @throws Problem if the registry would be inconsistent afterwards, if it is not in the state
   *     that the caller saw, or if a tenant that would be deleted is busy or held
   */
  @Transactional
  Applied apply(Fleet fleet, ApplyOptions options, String who) {
    registry.lockForChange();
    Fleet before = registry.fleet();
    FleetState state = FleetState.of(before);
    if (options.onlyIf() != null && !options.onlyIf().equals(state)) {
      throw new Problem(
          HttpStatus.PRECONDITION_FAILED,
          "registry-changed",
          "Registry changed",
          "Nothing was applied: somebody changed the registry since you looked. Look again.");
    }
    FleetDiff diff = FleetDiff.between(before, fleet);
    refuseIfBroken(options.prune() ? fleet : diff.merged());
    if (options.prune()) {
      refuseIfAtWork(diff.tenantsNotNamed());
    }
    if (options.dryRun()) {
      return Applied.of(diff, options, state);
    }
    write(fleet, diff, who);
    if (options.prune()) {
      // Tenants first: they refer to the others.
      diff.tenantsNotNamed().forEach(tenant -> deleteTenant(tenant, who));
      diff.appsNotNamed().forEach(app -> deleteApp(app, who));
      diff.hostsNotNamed().forEach(host -> deleteHost(host, who));
    }
    return Applied.of(diff, options, FleetState.of(registry.fleet()));
  }

  private void write(Fleet fleet, FleetDiff diff, String who) {
    Set<String> touched = new HashSet<>(diff.created());
    touched.addAll(diff.changed());
    fleet.hosts().stream()
        .filter(host -> touched.contains(FleetDiff.object(host)))
        .forEach(registry::save);
    fleet
        .apps()
        .forEach(
            (name, profile) -> {
              if (touched.contains(FleetDiff.object(name))) {
                registry.save(name, profile);
              }
            });
    fleet.tenants().stream()
        .filter(tenant -> touched.contains(FleetDiff.object(tenant)))
        .forEach(registry::save);
    diff.created().forEach(object -> audit.record(who, "registry.create", object, null));
    diff.changed().forEach(object -> audit.record(who, "registry.change", object, null));
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
    registry.lockForChange();
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
  private static void refuseIfBroken(Fleet afterwards) {
    List<String> problems =
        RegistryRules.problems(
            afterwards.hosts().stream().map(Host::name).collect(Collectors.toSet()),
            name ->
                Optional.ofNullable(afterwards.apps().get(name))
                    .or(() -> ProfileReader.builtIn(name)),
            afterwards.tenants());
    if (!problems.isEmpty()) {
      throw new Problem(
              HttpStatus.BAD_REQUEST,
              "inconsistent-registry",
              "Inconsistent registry",
              String.join("; ", problems))
          .with("errors", problems);
    }
  }

  private void refuseIfAtWork(List<Slug> tenants) {
    Map<String, UUID> atWork = new LinkedHashMap<>();
    List<String> reasons = new ArrayList<>();
    for (Slug tenant : tenants) {
      ledger
          .running(tenant)
          .ifPresent(
              upgrade -> {
                atWork.put(tenant.value(), upgrade.id());
                reasons.add(tenant + " is being upgraded, upgrade " + upgrade.id());
              });
      ledger
          .holding(tenant)
          .ifPresent(
              upgrade -> {
                atWork.put(tenant.value(), upgrade.heldUpgrade());
                reasons.add(tenant + " needs a person since upgrade " + upgrade.heldUpgrade());
              });
    }
    if (!atWork.isEmpty()) {
      throw new Problem(
              HttpStatus.CONFLICT,
              "tenants-at-work",
              "Tenants at work",
              "Nothing was applied, since tenants would be deleted that are busy or held: "
                  + String.join("; ", reasons)
                  + ".")
          .with("tenants", atWork);
    }
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
