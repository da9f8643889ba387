package dev.uplift.host;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.HealthCheck;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.UpgradeOptions;
import dev.uplift.upgrade.UpgradePlan;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Inputs of steps for tests that need no real tenant. */
public final class Plans {
  public static final Slug ACME = Slug.of("acme");

  private Plans() {}

  static StepInput input() {
    return input(UUID.randomUUID());
  }

  public static StepInput input(UUID upgradeId) {
    return input(upgradeId, "/srv/acme");
  }

  static StepInput input(UUID upgradeId, String path) {
    AppProfile profile =
        new AppProfile(
            null,
            "db/pocket.db",
            null,
            List.of("{slug}-api"),
            null,
            null,
            List.of(new HealthCheck("http://127.0.0.1:1/", 200, null, null)),
            null,
            null,
            null);
    Tenant tenant = new Tenant(ACME, "cbapp", HostName.of("one"), path, null, Map.of(), Map.of());
    CommitId old = CommitId.of("a".repeat(40));
    CommitId next = CommitId.of("b".repeat(40));
    return new StepInput(
        new UpgradePlan(
            upgradeId,
            UpgradePlan.PROTOCOL,
            tenant,
            profile,
            Tag.of("v2"),
            next,
            UpgradeOptions.DEFAULTS,
            "ops"),
        new Deployed("v1", Tag.of("v1"), old, profile, true, List.of("acme-api"), List.of()),
        new Release(Tag.of("v2"), next, profile, List.of()),
        Direction.FORWARD);
  }
}
