package dev.uplift.api.registry;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.FleetText;
import dev.uplift.profile.yaml.Host;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * What a fleet would change in what is registered. Objects are named like {@code tenants/acme}.
 *
 * @param merged what would be registered afterwards, if nothing is deleted
 */
record FleetDiff(
    List<String> created,
    List<String> changed,
    List<String> unchanged,
    List<Difference> differences,
    List<HostName> hostsNotNamed,
    List<AppName> appsNotNamed,
    List<Slug> tenantsNotNamed,
    Fleet merged) {

  /**
   * @param key where it stands in the fleet file below the object's name, like {@code ports.api}
   * @param before null if it was not there
   * @param after null if it is not there any more
   */
  record Difference(String object, String key, Object before, Object after) {}

  static FleetDiff between(Fleet registered, Fleet wanted) {
    Map<HostName, Host> hosts = new LinkedHashMap<>();
    registered.hosts().forEach(host -> hosts.put(host.name(), host));
    Map<AppName, AppProfile> apps = new LinkedHashMap<>(registered.apps());
    Map<Slug, Tenant> tenants = new LinkedHashMap<>();
    registered.tenants().forEach(tenant -> tenants.put(tenant.id(), tenant));

    Comparison comparison = new Comparison();
    for (Host host : wanted.hosts()) {
      Host before = hosts.put(host.name(), host);
      comparison.add(
          object(host), before == null ? null : FleetText.fields(before), FleetText.fields(host));
    }
    wanted
        .apps()
        .forEach(
            (name, profile) -> {
              AppProfile before = apps.put(name, profile);
              comparison.add(
                  object(name),
                  before == null ? null : FleetText.fields(before),
                  FleetText.fields(profile));
            });
    for (Tenant tenant : wanted.tenants()) {
      Tenant before = tenants.put(tenant.id(), tenant);
      comparison.add(
          object(tenant),
          before == null ? null : FleetText.fields(before),
          FleetText.fields(tenant));
    }

    List<HostName> namedHosts = wanted.hosts().stream().map(Host::name).toList();
    List<Slug> namedTenants = wanted.tenants().stream().map(Tenant::id).toList();
    return new FleetDiff(
        comparison.created,
        comparison.changed,
        comparison.unchanged,
        comparison.differences,
        hosts.keySet().stream().filter(name -> !namedHosts.contains(name)).toList(),
        apps.keySet().stream().filter(name -> !wanted.apps().containsKey(name)).toList(),
        tenants.keySet().stream().filter(id -> !namedTenants.contains(id)).toList(),
        new Fleet(List.copyOf(hosts.values()), apps, List.copyOf(tenants.values())));
  }

  static String object(Host host) {
    return "hosts/" + host.name();
  }

  static String object(AppName app) {
    return "apps/" + app;
  }

  static String object(Tenant tenant) {
    return "tenants/" + tenant.id();
  }

  /** What is registered and not in the fleet. */
  List<String> notNamed() {
    List<String> objects = new ArrayList<>();
    hostsNotNamed.forEach(name -> objects.add("hosts/" + name));
    appsNotNamed.forEach(name -> objects.add("apps/" + name));
    tenantsNotNamed.forEach(id -> objects.add("tenants/" + id));
    return objects;
  }

  private static final class Comparison {
    private final List<String> created = new ArrayList<>();
    private final List<String> changed = new ArrayList<>();
    private final List<String> unchanged = new ArrayList<>();
    private final List<Difference> differences = new ArrayList<>();

    void add(String object, Map<String, Object> before, Map<String, Object> after) {
      if (before == null) {
        created.add(object);
      } else if (before.equals(after)) {
        unchanged.add(object);
      } else {
        changed.add(object);
        compare(object, "", before, after);
      }
    }

    // Lists are compared as a whole: what moved within one is better seen with its neighbours.
    private void compare(String object, String prefix, Map<?, ?> before, Map<?, ?> after) {
      TreeSet<String> keys = new TreeSet<>();
      before.keySet().forEach(key -> keys.add(key.toString()));
      after.keySet().forEach(key -> keys.add(key.toString()));
      for (String key : keys) {
        Object was = before.get(key);
        Object is = after.get(key);
        if (was instanceof Map<?, ?> a && is instanceof Map<?, ?> b) {
          compare(object, prefix + key + ".", a, b);
        } else if (!Objects.equals(was, is)) {
          differences.add(new Difference(object, prefix + key, was, is));
        }
      }
    }
  }
}
