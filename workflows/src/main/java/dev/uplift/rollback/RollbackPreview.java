package dev.uplift.rollback;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.Operation;
import java.util.List;
import java.util.UUID;

/**
 * What a rollback of a tenant would do, as its host sees it. What could not be told is null.
 *
 * @param upgradeId what would be undone
 * @param operation what that was: an upgrade, or itself a rollback
 * @param fromVersion the release that the tenant has
 * @param toVersion the release that it would have
 * @param toCommit the whole commit of that
 * @param backup the file that would become the database
 * @param takenAt when it was taken, in the host's time: what was written since would be given up
 * @param tables what has become of each table since; empty if that was not asked for, or cannot be
 *     told
 * @param comparison how far the tables were compared, if not to the end
 * @param failure why there is nothing to roll back; null if there is
 */
public record RollbackPreview(
    @JsonProperty("upgrade_id") UUID upgradeId,
    Operation operation,
    @JsonProperty("from_version") String fromVersion,
    @JsonProperty("to_version") String toVersion,
    @JsonProperty("to_commit") String toCommit,
    String backup,
    @JsonProperty("taken_at") String takenAt,
    List<TableChange> tables,
    String comparison,
    Failure failure) {

  public RollbackPreview {
    tables = tables == null ? List.of() : List.copyOf(tables);
  }

  /** There is nothing to roll back, or nobody who could tell. */
  public static RollbackPreview refused(Failure failure) {
    return new RollbackPreview(null, null, null, null, null, null, null, null, null, failure);
  }
}
