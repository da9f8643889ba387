package dev.uplift.api.registry;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.Placeholders;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Tenant;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What must hold between hosts, apps and tenants. */
final class RegistryRules {
  private RegistryRules() {}

  /** What is wrong, a sentence each, beginning with the key that it is about. */
  static List<String> problems(
      Set<HostName> hosts,
      Function<AppName, Optional<AppProfile>> apps,
      Collection<Tenant> tenants) {
    List<String> problems = new ArrayList<>();
    Map<String, Tenant> owners = new HashMap<>();
    for (Tenant tenant : tenants) {
      String key = "tenants." + tenant.id();
      if (!hosts.contains(tenant.host())) {
        problems.add(key + ".host: there is no host " + tenant.host());
      }
      apps.apply(AppName.of(tenant.app()))
          .ifPresentOrElse(
              app -> {
                missingPort(app, tenant).ifPresent(told -> problems.add(key + ".ports: " + told));
                problems.addAll(sharedUnits(owners, tenant, app));
              },
              () -> problems.add(key + ".app: there is no app " + tenant.app()));
      String path = Path.of(tenant.path()).normalize().toString();
      sharedWith(owners, tenant, path)
          .ifPresent(
              other ->
                  problems.add(
                      key
                          + ".path: "
                          + other
                          + " has "
                          + path
                          + " on that host, too: each tenant needs a checkout of its own"));
      tenant
          .ports()
          .forEach(
              (name, port) ->
                  sharedWith(owners, tenant, "port " + port)
                      .ifPresent(
                          other ->
                              problems.add(
                                  key
                                      + ".ports."
                                      + name
                                      + ": "
                                      + other
                                      + " has "
                                      + port
                                      + " on that host, too: each needs a port of its own")));
    }
    return problems;
  }

  private static Optional<String> sharedWith(
      Map<String, Tenant> owners, Tenant tenant, String what) {
    Tenant other = owners.putIfAbsent(tenant.host() + " " + what, tenant);
    return other == null
        ? Optional.empty()
        : Optional.of(other == tenant ? "the tenant itself" : "tenant " + other.id());
  }

  // The unit acme-one-api may be that of acme or of acme-one: stopping it for one would stop both.
  private static List<String> sharedUnits(
      Map<String, Tenant> owners, Tenant tenant, AppProfile app) {
    List<String> problems = new ArrayList<>();
    for (String unit : Placeholders.of(tenant).fill(app.services())) {
      sharedWith(owners, tenant, "unit " + unit)
          .ifPresent(
              other ->
                  problems.add(
                      "tenants."
                          + tenant.id()
                          + ": its unit "
                          + unit
                          + " on host "
                          + tenant.host()
                          + " is that of "
                          + other
                          + ", too"));
    }
    return problems;
  }

  private static Optional<String> missingPort(AppProfile app, Tenant tenant) {
    Placeholders placeholders = Placeholders.of(tenant);
    try {
      app.health().forEach(check -> placeholders.fill(check.url()));
      return Optional.empty();
    } catch (IllegalArgumentException unfilled) {
      return Optional.of(unfilled.getMessage());
    }
  }
}
