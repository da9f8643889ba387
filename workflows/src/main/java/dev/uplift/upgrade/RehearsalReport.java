package dev.uplift.upgrade;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * What a rehearsal of an upgrade found. What could not be found out is null.
 *
 * @param deployedVersion as {@code git describe --tags} says it
 * @param alreadyThere whether the tenant is at the target
 * @param diskBytes what the upgrade needs on the file systems of the host, all together
 * @param migrationsMillis how long the migrations took; null if they were not rehearsed
 * @param failure why the upgrade would be refused; null if it would not
 */
public record RehearsalReport(
    String tenant,
    @JsonProperty("deployed_version") String deployedVersion,
    @JsonProperty("target_version") String targetVersion,
    @JsonProperty("already_there") boolean alreadyThere,
    @JsonProperty("disk_bytes") Long diskBytes,
    @JsonProperty("migrations_ms") Long migrationsMillis,
    List<String> warnings,
    Failure failure) {
  public RehearsalReport {
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
  }
}
