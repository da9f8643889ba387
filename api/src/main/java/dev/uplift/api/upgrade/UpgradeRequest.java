package dev.uplift.api.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.release.Tag;
import dev.uplift.upgrade.UpgradeOptions;

/**
 * What a caller may choose; every field may be absent.
 *
 * @param targetVersion absent: the latest
 * @param backupDb absent: true
 * @param runMigrations absent: true
 * @param force absent: false
 */
record UpgradeRequest(
    @JsonProperty("target_version") Tag targetVersion,
    @JsonProperty("backup_db") Boolean backupDb,
    @JsonProperty("run_migrations") Boolean runMigrations,
    Boolean force,
    String reason) {
  static final UpgradeRequest DEFAULTS = new UpgradeRequest(null, null, null, null, null);
  private static final int MAX_REASON = 500;

  UpgradeRequest {
    requireReason(reason);
    if (Boolean.TRUE.equals(force) && (reason == null || reason.isBlank())) {
      throw new IllegalArgumentException("reason: force needs a reason, which is recorded");
    }
  }

  static void requireReason(String reason) {
    if (reason != null
        && (reason.length() > MAX_REASON || reason.chars().anyMatch(Character::isISOControl))) {
      throw new IllegalArgumentException(
          "reason: one line of at most " + MAX_REASON + " characters");
    }
  }

  UpgradeOptions options() {
    return new UpgradeOptions(
        !Boolean.FALSE.equals(backupDb),
        !Boolean.FALSE.equals(runMigrations),
        Boolean.TRUE.equals(force),
        reason);
  }
}
