package dev.uplift.inspect;

import dev.uplift.code.EarlierRelease;
import dev.uplift.database.DiskNeed;
import dev.uplift.database.KeptBackup;
import dev.uplift.dependency.EarlierEnvironments;
import dev.uplift.host.HostActivities;
import dev.uplift.host.HostConfiguration;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.profile.HealthCheck;
import dev.uplift.profile.Placeholders;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.UpgradePlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads everything that can refuse the rollback of an upgrade before anything is touched, beside
 * what {@link InspectTenant} has seen already; and the release that the tenant had before.
 */
public final class InspectRollback implements HostActivities.InspectRollback {
  private final HostConfiguration configuration;
  private final Successes successes;
  private final EarlierRelease releases;
  private final DiskReservations disk;

  public InspectRollback(
      HostConfiguration configuration,
      Successes successes,
      EarlierRelease releases,
      DiskReservations disk) {
    this.configuration = configuration;
    this.successes = successes;
    this.releases = releases;
    this.disk = disk;
  }

  @Override
  public Release run(UpgradePlan plan, Deployed from, StepContext context) {
    LastSuccess last = lastOf(plan);
    last.requireSameParts(from.profile());
    requirePlaceholders(plan, last);
    TenantPaths paths = TenantPaths.of(plan.tenant(), from.profile());
    KeptBackup.Proven backup =
        last.backup().verified(paths, plan.tenant().id(), last.id(), context.cancellation());
    reserveDisk(plan, paths, backup);
    Deployed before = last.before();
    List<String> warnings =
        releases.require(
            plan, from, last.tag(), before.commit(), before.profile(), context.cancellation());
    EarlierEnvironments.note(paths.checkout(), before.profile(), last.id(), last.notes(), context);
    last.backup().choose(context.notes());
    return new Release(last.tag(), before.commit(), before.profile(), warnings);
  }

  private LastSuccess lastOf(UpgradePlan plan) {
    LastSuccess last = successes.lastOf(plan.tenant(), plan.upgradeId());
    last.requireIs(plan.ofUpgrade());
    return last;
  }

  /**
   * Once more, just before the services are stopped: staging may have taken long, and a backup that
   * is gone meanwhile must not cost any downtime. It is not read again: that could take longer than
   * a stop may.
   */
  public void requireStillThere(StepInput input) {
    LastSuccess last = lastOf(input.plan());
    TenantPaths paths = TenantPaths.of(input.plan().tenant(), input.from().profile());
    last.backup().requirePresent(paths);
  }

  private static void requirePlaceholders(UpgradePlan plan, LastSuccess last) {
    try {
      Placeholders placeholders = Placeholders.of(plan.tenant());
      last.before().profile().health().stream().map(HealthCheck::url).forEach(placeholders::fill);
    } catch (IllegalArgumentException e) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "The profile of " + last.tag() + " does not fit this tenant: " + e.getMessage(),
          null,
          "Give the tenant that port in the registry.");
    }
  }

  /** The copy of a backup may need more than the database that the inspection has measured. */
  private void reserveDisk(UpgradePlan plan, TenantPaths paths, KeptBackup.Proven backup) {
    try {
      Path wal = paths.database().resolveSibling(paths.database().getFileName() + "-wal");
      long liveBytes = Files.size(paths.database()) + (Files.exists(wal) ? Files.size(wal) : 0);
      if (backup.bytes() > liveBytes) {
        disk.reserve(
            plan.upgradeId(),
            new DiskNeed(backup.bytes(), backup.stateBytes()),
            paths.database().getParent(),
            configuration.state(),
            false);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
