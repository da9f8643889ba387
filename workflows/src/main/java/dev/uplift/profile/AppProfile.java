package dev.uplift.profile;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;

/**
 * What all tenants of an app share: where its releases come from and what an upgrade of it does. A
 * release may change parts of it, see {@link ReleaseProfile}.
 *
 * @param upstream where releases are fetched from; null means the checkout's own {@code origin}
 * @param database path of the SQLite database in the checkout
 * @param state further files in the checkout that belong to the database's version and are restored
 *     with it
 * @param services unit names, with {@code {slug}} to be filled in, in the order in which they are
 *     started
 * @param onLateWrites what to do when users wrote between the start of the new release and its
 *     failure
 */
public record AppProfile(
    Upstream upstream,
    String database,
    List<String> state,
    List<String> services,
    List<DependencySpec> dependencies,
    Migrations migrations,
    List<HealthCheck> health,
    Timeouts timeouts,
    Rehearsal rehearsal,
    @JsonProperty("on_late_writes") OnLateWrites onLateWrites) {

  public AppProfile {
    database = RelativePath.require("database", database);
    state = state == null ? List.of() : List.copyOf(state);
    state.forEach(file -> RelativePath.require("state", file));
    if (services == null || services.isEmpty()) {
      throw new IllegalArgumentException("services: at least one is needed");
    }
    services = List.copyOf(services);
    services.forEach(AppProfile::requireTenantsOwnUnit);
    dependencies = dependencies == null ? List.of() : List.copyOf(dependencies);
    requireApart(dependencies, database, state);
    migrations = migrations == null ? Migrations.NONE : migrations;
    if (health == null || health.isEmpty()) {
      throw new IllegalArgumentException(
          "health: at least one check is needed, or nobody knows whether an upgrade worked");
    }
    health = List.copyOf(health);
    timeouts = timeouts == null ? Timeouts.DEFAULTS : timeouts;
    rehearsal = rehearsal == null ? Rehearsal.DEFAULT : rehearsal;
    onLateWrites = onLateWrites == null ? OnLateWrites.RESTORE : onLateWrites;
  }

  /** This profile as {@code release} changes it. */
  public AppProfile with(ReleaseProfile release) {
    return new AppProfile(
        upstream,
        database,
        state,
        services,
        release.dependencies() == null ? dependencies : release.dependencies(),
        release.migrations() == null ? migrations : migrations.with(release.migrations()),
        release.health() == null ? health : release.health(),
        release.timeouts() == null ? timeouts : timeouts.with(release.timeouts()),
        rehearsal,
        onLateWrites);
  }

  // Each is switched by a link of its own: one in another would be switched with it, and a database
  // in one would be left behind.
  private static void requireApart(
      List<DependencySpec> dependencies, String database, List<String> state) {
    List<String> taken = new ArrayList<>(state);
    taken.add(database);
    for (DependencySpec dependency : dependencies) {
      for (String target : dependency.targets()) {
        for (String other : taken) {
          if (RelativePath.overlap(target, other)) {
            throw new IllegalArgumentException(
                "dependencies: '" + target + "' and '" + other + "' are not apart from each other");
          }
        }
        taken.add(target);
      }
    }
  }

  // A unit that does not carry the slug would be shared by tenants: stopping it for one would stop
  // all.
  private static void requireTenantsOwnUnit(String template) {
    if (!template.matches("\\{slug}(-[a-z0-9][a-z0-9-]{0,30})?")) {
      throw new IllegalArgumentException(
          "services: '" + template + "' must be '{slug}' or '{slug}-name'");
    }
  }
}
