package dev.uplift.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What the caller of an upgrade may choose.
 *
 * @param keepBackup whether the backup stays afterwards; the copy that makes turning back possible
 *     is always taken
 * @param force goes on although the tenant is unhealthy, already at the target, or its tag was
 *     moved
 * @param reason why it was forced
 */
public record UpgradeOptions(
    @JsonProperty("keep_backup") boolean keepBackup,
    @JsonProperty("run_migrations") boolean runMigrations,
    boolean force,
    String reason) {
  public static final UpgradeOptions DEFAULTS = new UpgradeOptions(true, true, false, null);
}
