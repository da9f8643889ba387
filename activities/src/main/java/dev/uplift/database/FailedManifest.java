package dev.uplift.database;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Where a failed database came from. Without one it is nobody's to delete.
 *
 * @param format raised when the meaning of a field changes
 * @param createdAt local time of the host, with its offset
 * @param releaseTo the release that it was turned back from
 */
record FailedManifest(
    int format,
    @JsonProperty("upgrade_id") String upgradeId,
    String tenant,
    @JsonProperty("source_path") String sourcePath,
    @JsonProperty("created_at") String createdAt,
    @JsonProperty("release_to") String releaseTo) {
  static final int FORMAT = 1;
}
