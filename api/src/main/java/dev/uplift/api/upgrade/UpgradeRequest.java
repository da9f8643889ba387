package dev.uplift.api.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.api.web.Reason;
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

  UpgradeRequest {
    Reason.require(reason);
    if (Boolean.TRUE.equals(force) && (reason == null || reason.isBlank())) {
      throw new IllegalArgumentException("reason: force needs a reason, which is recorded");
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
