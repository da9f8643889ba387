package dev.uplift.upgrade;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.HealthCheck;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** A tenant, its app and two releases. */
public final class Samples {
  static final CommitId OLD = CommitId.of("295fb7f000000000000000000000000000000000");
  static final CommitId NEW = CommitId.of("17b3ab3000000000000000000000000000000000");
  public static final AppProfile PROFILE =
      new AppProfile(
          null,
          "db/pocket.db",
          null,
          List.of("{slug}-api", "{slug}-frontend"),
          null,
          null,
          List.of(new HealthCheck("http://127.0.0.1:{api_port}/health", 200, null, null)),
          null,
          null,
          null);
  static final Tenant ACME =
      new Tenant(
          Slug.of("acme"),
          "cbapp",
          HostName.of("one"),
          "/srv/acme",
          "test",
          Map.of(),
          Map.of("api", 8100, "frontend", 8200));
  static final Deployed V020 =
      new Deployed(
          "v0.2.0",
          Tag.of("v0.2.0"),
          OLD,
          PROFILE,
          true,
          List.of("acme-api", "acme-frontend"),
          List.of());
  static final Release V030 = new Release(Tag.of("v0.3.0"), NEW, PROFILE, List.of());
  static final Deployed AFTER_THE_UPGRADE =
      new Deployed("v0.3.0", V030.tag(), NEW, PROFILE, true, V020.running(), List.of());
  static final Release BACK_TO_V020 = new Release(V020.tag(), OLD, PROFILE, List.of());
  static final List<String> SIX_SCRIPTS =
      List.of(
          "scripts/create_schema.py",
          "scripts/create_default_users.py",
          "scripts/add_person_columns.py",
          "scripts/migrate_add_import_metadata.py",
          "scripts/add_person_indexes.py",
          "scripts/add_segment_tables.py");

  private static final AtomicInteger TENANTS = new AtomicInteger();

  private Samples() {}

  static UpgradePlan plan() {
    return plan(UpgradeOptions.DEFAULTS);
  }

  /** The same plan for a tenant on another host. */
  static UpgradePlan planFor(HostName host) {
    Tenant tenant =
        new Tenant(
            ACME.id(), ACME.app(), host, ACME.path(), ACME.ring(), ACME.labels(), ACME.ports());
    return plan(tenant, UpgradeOptions.DEFAULTS);
  }

  /** Of a tenant of its own, so that a run that is not over yet is in nobody's way. */
  static UpgradePlan plan(UpgradeOptions options) {
    Slug id = Slug.of("acme-" + TENANTS.incrementAndGet());
    return plan(
        new Tenant(
            id, ACME.app(), ACME.host(), ACME.path(), ACME.ring(), ACME.labels(), ACME.ports()),
        options);
  }

  private static UpgradePlan plan(Tenant tenant, UpgradeOptions options) {
    return new UpgradePlan(
        UUID.randomUUID(),
        Operation.UPGRADE.protocol(),
        tenant,
        PROFILE,
        Tag.of("v0.3.0"),
        NEW,
        options,
        "ops");
  }

  /** The rollback of an upgrade to v0.3.0, of a tenant of its own. */
  static UpgradePlan rollbackPlan() {
    UpgradePlan upgrade = plan();
    return new UpgradePlan(
        UUID.randomUUID(),
        Operation.ROLLBACK.protocol(),
        upgrade.tenant(),
        PROFILE,
        V020.tag(),
        OLD,
        UpgradeOptions.DEFAULTS,
        "ops",
        Operation.ROLLBACK,
        upgrade.upgradeId());
  }
}
