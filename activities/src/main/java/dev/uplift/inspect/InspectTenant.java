package dev.uplift.inspect;

import dev.uplift.code.Checkout;
import dev.uplift.code.Dirt;
import dev.uplift.code.ReleaseProfiles;
import dev.uplift.database.DatabaseInspection;
import dev.uplift.database.DiskNeed;
import dev.uplift.database.LiveDatabase;
import dev.uplift.health.HealthNow;
import dev.uplift.host.HostActivities;
import dev.uplift.host.HostConfiguration;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.journal.Journal;
import dev.uplift.journal.Journals;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.HealthCheck;
import dev.uplift.profile.Placeholders;
import dev.uplift.release.Tag;
import dev.uplift.service.Guard;
import dev.uplift.service.ServiceManager;
import dev.uplift.service.UnitName;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.UpgradePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads everything that can refuse an upgrade before anything is touched, each refusal with its
 * reason; and the release that turning back would return to.
 */
public final class InspectTenant implements HostActivities.Inspection {
  private final HostConfiguration configuration;
  private final Journals journals;
  private final ServiceManager services;
  private final Guard guard;
  private final ReleaseProfiles profiles;
  private final LiveDatabase database;
  private final HealthNow health;
  private final DiskReservations disk;

  public InspectTenant(
      HostConfiguration configuration,
      Journals journals,
      ServiceManager services,
      Guard guard,
      ReleaseProfiles profiles,
      LiveDatabase database,
      HealthNow health,
      DiskReservations disk) {
    this.configuration = configuration;
    this.journals = journals;
    this.services = services;
    this.guard = guard;
    this.profiles = profiles;
    this.database = database;
    this.health = health;
    this.disk = disk;
  }

  @Override
  public Deployed run(UpgradePlan plan, StepContext context) {
    Tenant tenant = plan.tenant();
    requireProtocol(plan);
    requireNotBusy(plan);
    requireNoOtherOnThisCheckout(plan);
    List<UnitName> units = UnitName.of(tenant, plan.profile());
    List<String> oddities = requireUnits(units, plan.profile());
    try (Checkout checkout = Checkout.open(Path.of(tenant.path()))) {
      checkout.refuseUnfinishedWork();
      AppProfile profile = profiles.at(checkout.tree(), plan.profile());
      requirePlaceholders(tenant, profile);
      Dirt dirt = checkout.dirt(profile);
      dirt.refuse();
      List<String> warnings = new ArrayList<>(oddities);
      warnings.addAll(dirt.warnings());
      TenantPaths paths = TenantPaths.of(tenant, profile);
      OwnFiles.require(paths, profile.state(), checkout.tracked());
      DatabaseInspection found = database.inspect(paths, profile.state(), context.commands());
      context.evidence().keep("database/inspected", found.shown());
      long diskBytes = reserveDisk(plan, profile, paths, found);
      Tag tag = checkout.releaseTag().orElse(null);
      boolean healthy = requireHealth(plan, profile, tag, warnings);
      List<String> up = up(units);
      requireOwnProcesses(units, up, healthy);
      units.stream()
          .map(UnitName::value)
          .filter(unit -> !up.contains(unit))
          .map(
              unit ->
                  unit
                      + " is down; the "
                      + plan.operation().code()
                      + " starts it, and turning back leaves it down.")
          .forEach(warnings::add);
      return new Deployed(checkout.version(), tag, checkout.head(), profile, healthy, up, warnings)
          .needing(diskBytes);
    }
  }

  private void requireProtocol(UpgradePlan plan) {
    if (plan.protocol() > UpgradePlan.PROTOCOL) {
      throw new StepFailure(
          FailureKind.WORKER_OUTDATED,
          "The worker of this host is older than the upgrade that it was given.",
          "protocol " + plan.protocol() + " was asked for, " + UpgradePlan.PROTOCOL + " is known",
          "Update Uplift on " + configuration.name() + " and try again.");
    }
  }

  private void requireNotBusy(UpgradePlan plan) {
    for (Journal journal : journals.unsettled(plan.tenant().id())) {
      if (!journal.state().input().plan().upgradeId().equals(plan.upgradeId())) {
        throw journal.busy();
      }
    }
  }

  private List<String> requireUnits(List<UnitName> units, AppProfile profile) {
    for (UnitName unit : units) {
      if (!configuration.units().matcher(unit.value()).matches()) {
        throw new StepFailure(
            FailureKind.UNIT_MISSING,
            "This worker may not touch the unit " + unit + ".",
            "allowed: " + configuration.units(),
            "Correct the profile's services, or uplift.host.units in the worker's configuration.");
      }
      guard
          .reason(unit)
          .ifPresent(
              reason -> {
                throw new StepFailure(
                    FailureKind.BUSY,
                    "The unit " + unit + " is guarded: somebody is at work on this tenant.",
                    reason,
                    "If nobody is, start its services by hand and remove the guard.");
              });
    }
    return services.inspect(units, profile.timeouts().stop());
  }

  private static void requirePlaceholders(Tenant tenant, AppProfile profile) {
    try {
      Placeholders placeholders = Placeholders.of(tenant);
      profile.health().stream().map(HealthCheck::url).forEach(placeholders::fill);
    } catch (IllegalArgumentException e) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          e.getMessage(),
          null,
          "Give the tenant that port in the registry, or correct the profile.");
    }
  }

  private long reserveDisk(
      UpgradePlan plan, AppProfile profile, TenantPaths paths, DatabaseInspection found) {
    DiskNeed need = new DiskNeed(found.bytes(), found.stateBytes());
    boolean rehearses =
        plan.operation() == Operation.UPGRADE
            && profile.rehearsal().enabled()
            && plan.options().runMigrations();
    return disk.reserve(
        plan.upgradeId(), need, paths.database().getParent(), configuration.state(), rehearses);
  }

  private boolean requireHealth(
      UpgradePlan plan, AppProfile profile, Tag tag, List<String> warnings) {
    List<String> problems =
        health.problems(plan.tenant(), profile, tag == null ? null : tag.name());
    if (problems.isEmpty()) {
      return true;
    }
    // Whoever rolls back does so because something is wrong.
    boolean goesOn = plan.options().force() || plan.operation() == Operation.ROLLBACK;
    if (!goesOn) {
      throw new StepFailure(
          FailureKind.UNHEALTHY,
          plan.tenant().id()
              + " is unhealthy already, so nobody could tell whether an upgrade worked.",
          String.join("\n", problems),
          "Mend the tenant first, or force the upgrade with a reason.");
    }
    warnings.add(
        "unhealthy before the "
            + plan.operation().code()
            + (plan.options().force() ? ", which was forced: " : ": ")
            + String.join("; ", problems));
    return false;
  }

  /** A tenant that somebody else serves would go on serving, and writing, through its cutover. */
  private static void requireOwnProcesses(List<UnitName> units, List<String> up, boolean healthy) {
    if (healthy && up.isEmpty()) {
      throw new StepFailure(
          FailureKind.UNIT_MISSING,
          "The tenant answers, but none of its units runs: something else serves it.",
          "units: " + units,
          "Stop what serves it, and start it through its units.");
    }
  }

  private void requireNoOtherOnThisCheckout(UpgradePlan plan) {
    Path checkout = Path.of(plan.tenant().path());
    for (Journal journal : journals.unsettled()) {
      Tenant other = journal.state().input().plan().tenant();
      if (!other.id().equals(plan.tenant().id()) && isSame(checkout, Path.of(other.path()))) {
        throw journal.busy();
      }
    }
  }

  private static boolean isSame(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException gone) {
      return false;
    }
  }

  private List<String> up(List<UnitName> units) {
    return units.stream().filter(services::isUp).map(UnitName::value).toList();
  }
}
