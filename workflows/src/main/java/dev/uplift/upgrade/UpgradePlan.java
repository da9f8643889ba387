package dev.uplift.upgrade;

import dev.uplift.profile.AppProfile;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.tenant.Tenant;
import java.util.Objects;
import java.util.UUID;

/**
 * Everything that an upgrade was asked to do, frozen when it is started: later changes of the
 * registry do not reach it.
 *
 * @param protocol the version of the messages between starter, workflow and host
 * @param profile the app's profile as registered; what the two releases change in it is read in
 *     preparation
 * @param target the release to go to; null means the latest
 * @param commit what {@code target} pointed to when the upgrade was asked for; null if nobody could
 *     tell then
 * @param requestedBy the name of the token, for the records
 * @param operation what is done; null from those who know only upgrades
 * @param ofUpgrade the upgrade that is rolled back or resumed; null for an upgrade
 */
public record UpgradePlan(
    UUID upgradeId,
    int protocol,
    Tenant tenant,
    AppProfile profile,
    Tag target,
    CommitId commit,
    UpgradeOptions options,
    String requestedBy,
    Operation operation,
    UUID ofUpgrade) {
  /**
   * Raised with every change that an older worker would misunderstand. A plan carries the one that
   * its {@link Operation} needs: upgrades are not refused by workers that do not know the rest.
   */
  public static final int PROTOCOL = 2;

  public UpgradePlan {
    Objects.requireNonNull(upgradeId, "upgradeId");
    Objects.requireNonNull(tenant, "tenant");
    Objects.requireNonNull(profile, "profile");
    options = options == null ? UpgradeOptions.DEFAULTS : options;
    operation = operation == null ? Operation.UPGRADE : operation;
    if ((operation == Operation.UPGRADE) != (ofUpgrade == null)) {
      throw new IllegalArgumentException("an upgrade is of no other one, all else is of one");
    }
  }

  /** Of an upgrade. */
  public UpgradePlan(
      UUID upgradeId,
      int protocol,
      Tenant tenant,
      AppProfile profile,
      Tag target,
      CommitId commit,
      UpgradeOptions options,
      String requestedBy) {
    this(
        upgradeId,
        protocol,
        tenant,
        profile,
        target,
        commit,
        options,
        requestedBy,
        Operation.UPGRADE,
        null);
  }
}
