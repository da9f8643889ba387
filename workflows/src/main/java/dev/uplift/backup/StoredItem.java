package dev.uplift.backup;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * One thing that upgrades left on a host.
 *
 * @param createdAt of a dependency set, when it was last wanted; null if nothing tells it
 * @param version the release that a backup was taken of; null for other things
 * @param upgradeId that left it; null if nothing tells it
 * @param problem why it is not good; null if nothing speaks against it
 * @param verifiedAt when a backup was last proven by restoring it into scratch
 * @param warnings what was seen then that is no fault of the backup
 * @param keep whether the host's retention keeps it
 * @param reason why it is kept, or why not
 * @param deleted whether it is gone now
 */
public record StoredItem(
    StoredKind kind,
    String name,
    String path,
    @JsonProperty("created_at") Instant createdAt,
    long bytes,
    String version,
    @JsonProperty("upgrade_id") UUID upgradeId,
    State state,
    String problem,
    @JsonProperty("verified_at") Instant verifiedAt,
    List<String> warnings,
    boolean keep,
    String reason,
    boolean deleted) {

  /** What is known of it. */
  public enum State {
    /** Its manifest names it, and nothing speaks against it. */
    @JsonProperty("good")
    GOOD,
    /** It is not what its manifest says, or the manifest cannot be taken for one of ours. */
    @JsonProperty("altered")
    ALTERED,
    /** No manifest names it. */
    @JsonProperty("unnamed")
    UNNAMED,
    /** It was to be verified, but could not be: that says nothing about it. */
    @JsonProperty("unchecked")
    UNCHECKED,
    /** What is left of something that nobody needs any more. */
    @JsonProperty("leftover")
    LEFTOVER
  }

  public StoredItem {
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
  }
}
