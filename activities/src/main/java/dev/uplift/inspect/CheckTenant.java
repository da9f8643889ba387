package dev.uplift.inspect;

import dev.uplift.check.CheckReport;
import dev.uplift.check.CheckReport.Unit;
import dev.uplift.code.Checkout;
import dev.uplift.code.FetchRelease;
import dev.uplift.code.Precedence;
import dev.uplift.health.HealthNow;
import dev.uplift.host.HostActivities;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.profile.AppProfile;
import dev.uplift.release.Tag;
import dev.uplift.service.ServiceManager;
import dev.uplift.service.UnitName;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.version.VersionInfo;
import dev.uplift.version.VersionLookup;
import dev.uplift.version.VersionRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * Tells whether an upgrade could begin, by the very step that would refuse it, and whether there is
 * a release to go to. Where the step refuses, it still tells what can be read of the tenant.
 */
public final class CheckTenant implements HostActivities.Check {
  private final HostActivities.Inspection inspection;
  private final ServiceManager services;
  private final HealthNow health;
  private final VersionLookup versions;
  private final Clock clock;

  /**
   * @param inspection takes no room on disk
   */
  public CheckTenant(
      HostActivities.Inspection inspection,
      ServiceManager services,
      HealthNow health,
      VersionLookup versions,
      Clock clock) {
    this.inspection = inspection;
    this.services = services;
    this.health = health;
    this.versions = versions;
    this.clock = clock;
  }

  @Override
  public CheckReport run(UpgradePlan plan, StepContext context) {
    try {
      Deployed deployed = inspection.run(plan, context);
      VersionInfo releases =
          versions.lookUpVersion(new VersionRequest(plan.tenant(), plan.profile(), plan.target()));
      try {
        requireTarget(plan, deployed, releases);
        return report(plan, deployed.profile(), releases, true, deployed.warnings(), null);
      } catch (StepFailure noTarget) {
        return report(plan, deployed.profile(), releases, true, deployed.warnings(), noTarget);
      }
    } catch (StepFailure refused) {
      return report(plan, plan.profile(), null, isHealthy(plan, refused), List.of(), refused);
    }
  }

  private static void requireTarget(UpgradePlan plan, Deployed deployed, VersionInfo releases) {
    if (releases.upstreamError() != null) {
      throw new StepFailure(
          FailureKind.FETCH_UNREACHABLE,
          "The upstream does not answer, so no release can be fetched.",
          releases.upstreamError(),
          "Look at the upstream's address and credentials in the app's profile.");
    }
    Tag target = target(plan, releases);
    if (target == null || releases.targetCommit() == null) {
      throw new StepFailure(
          FailureKind.TAG_MISSING,
          target == null
              ? "The upstream has no release."
              : "The upstream has no release " + target + ".",
          null,
          "Tag a release there, or name another one.");
    }
    boolean onTag = deployed.tag() != null;
    boolean below =
        (onTag ? Optional.of(deployed.tag()) : Precedence.base(deployed.version()))
            .flatMap(base -> Precedence.compare(target, base))
            .map(order -> onTag ? order < 0 : order <= 0)
            .orElse(false);
    if (below && !releases.targetCommit().equals(deployed.commit().value())) {
      throw new StepFailure(
          FailureKind.DOWNGRADE,
          "The release " + target + " is older than the deployed " + deployed.version() + ".",
          null,
          FetchRelease.DOWNGRADE_ADVICE);
    }
  }

  private static Tag target(UpgradePlan plan, VersionInfo releases) {
    if (plan.target() != null || releases == null || releases.latestVersion() == null) {
      return plan.target();
    }
    return Tag.of(releases.latestVersion());
  }

  private Boolean isHealthy(UpgradePlan plan, StepFailure refused) {
    if (refused.kind() == FailureKind.UNHEALTHY) {
      return false;
    }
    try {
      return health.problems(plan.tenant(), plan.profile(), null).isEmpty();
    } catch (IllegalArgumentException profileDoesNotFit) {
      return null;
    }
  }

  private CheckReport report(
      UpgradePlan plan,
      AppProfile profile,
      VersionInfo releases,
      Boolean healthy,
      List<String> warnings,
      StepFailure refused) {
    Tenant tenant = plan.tenant();
    Path database = TenantPaths.of(tenant, profile).database();
    Tag target = target(plan, releases);
    String version = null;
    String commit = null;
    Boolean available = null;
    try (Checkout checkout = Checkout.open(Path.of(tenant.path()))) {
      version = checkout.version();
      commit = checkout.head().abbreviated();
      if (releases != null && releases.targetCommit() != null) {
        available = !releases.targetCommit().equals(checkout.head().value());
      }
    } catch (StepFailure noCheckout) {
      // Which the refusal is about.
    }
    Step refusing = releases == null ? Step.INSPECT_TENANT : Step.FETCH_RELEASE;
    return new CheckReport(
        refused == null,
        version,
        commit,
        target == null ? null : target.name(),
        available,
        healthy,
        units(tenant, profile),
        databaseBytes(database),
        freeBytes(Path.of(tenant.path())),
        warnings,
        refused == null ? null : refused.told(refusing.activity()),
        clock.instant());
  }

  private List<Unit> units(Tenant tenant, AppProfile profile) {
    return UnitName.of(tenant, profile).stream()
        .map(unit -> new Unit(unit.value(), services.state(unit).running()))
        .toList();
  }

  private static Long databaseBytes(Path database) {
    try {
      Path wal = database.resolveSibling(database.getFileName() + "-wal");
      return Files.size(database) + (Files.exists(wal) ? Files.size(wal) : 0);
    } catch (IOException missing) {
      return null;
    }
  }

  private static Long freeBytes(Path place) {
    try {
      return Files.getFileStore(place).getUsableSpace();
    } catch (IOException missing) {
      return null;
    }
  }
}
