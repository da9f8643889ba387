package dev.uplift.check;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.upgrade.Failure;
import java.time.Instant;
import java.util.List;

/**
 * Whether an upgrade of a tenant could begin. What could not be read is null.
 *
 * @param ready whether InspectTenant, the first step of an upgrade, would let it pass
 * @param deployedVersion as {@code git describe --tags} says it
 * @param targetVersion the release that was asked about, or the latest
 * @param upgradeAvailable whether the target is another release than the deployed one
 * @param healthy whether the tenant passed its own health checks
 * @param units its services, and whether each runs
 * @param databaseBytes of the database and its WAL
 * @param freeBytes on the file system of the database
 * @param failure why it is not ready; null if it is
 */
public record CheckReport(
    boolean ready,
    @JsonProperty("deployed_version") String deployedVersion,
    @JsonProperty("deployed_commit") String deployedCommit,
    @JsonProperty("target_version") String targetVersion,
    @JsonProperty("upgrade_available") Boolean upgradeAvailable,
    Boolean healthy,
    List<Unit> units,
    @JsonProperty("database_bytes") Long databaseBytes,
    @JsonProperty("free_bytes") Long freeBytes,
    List<String> warnings,
    Failure failure,
    @JsonProperty("checked_at") Instant checkedAt) {

  public CheckReport {
    units = units == null ? List.of() : List.copyOf(units);
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
  }

  /** One service of the tenant. */
  public record Unit(String name, boolean running) {}

  /** Nothing could be read. */
  public static CheckReport refused(Failure failure) {
    return new CheckReport(
        false, null, null, null, null, null, null, null, null, null, failure, null);
  }
}
