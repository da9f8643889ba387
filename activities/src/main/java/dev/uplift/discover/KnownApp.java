package dev.uplift.discover;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.DependencySpec;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.profile.yaml.ProfileReader;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Tenant;
import java.util.List;
import java.util.TreeSet;

/** The app that comes with Uplift, and whether a tenant is one of it. */
record KnownApp(AppName name, AppProfile profile) {
  static final KnownApp CBAPP = of(AppName.of("cbapp"));

  private static KnownApp of(AppName name) {
    return new KnownApp(name, ProfileReader.builtIn(name).orElseThrow());
  }

  /**
   * Whether the tenant has the app's units, database and requirements; its ports may be unknown.
   */
  boolean fits(FoundTenant tenant) {
    List<String> services =
        tenant.suffixes().stream()
            .map(suffix -> suffix.isEmpty() ? "{slug}" : "{slug}-" + suffix)
            .toList();
    return new TreeSet<>(profile.services()).equals(new TreeSet<>(services))
        && profile.database().equals(tenant.database())
        && profile.dependencies().stream().allMatch(set -> isThere(set, tenant.layout()));
  }

  private static boolean isThere(DependencySpec set, Layout layout) {
    return set instanceof DependencySpec.Python python
        && layout.requirements().contains(python.requirements());
  }

  /** The tenant as it would be registered. */
  static Tenant tenant(FoundTenant found, AppName app, HostName host) {
    return new Tenant(
        found.slug(), app.value(), host, found.path().toString(), null, null, found.ports());
  }
}
