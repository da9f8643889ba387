package dev.uplift.database;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * What a backup holds and where it came from. A backup without one was never completed.
 *
 * @param format raised when the meaning of a field changes
 * @param createdAt local time of the host, with its offset
 * @param sha256 of the backup file, as {@code sha256sum} prints it
 * @param contentSha256 of the database without its counters, see {@link DatabaseDigest}
 * @param journalMode the tenant's own; the backup file itself is in mode DELETE
 * @param schemaSha256 of all statements of the schema
 * @param sequence higher than that of every earlier backup beside it, whatever the clock said; null
 *     in manifests from before there was one
 */
record BackupManifest(
    int format,
    @JsonProperty("upgrade_id") String upgradeId,
    String tenant,
    @JsonProperty("source_path") String sourcePath,
    @JsonProperty("created_at") String createdAt,
    @JsonProperty("release_from") String releaseFrom,
    @JsonProperty("commit_from") String commitFrom,
    String sha256,
    long bytes,
    @JsonProperty("content_sha256") String contentSha256,
    @JsonProperty("journal_mode") JournalMode journalMode,
    @JsonProperty("page_size") int pageSize,
    String encoding,
    @JsonProperty("auto_vacuum") String autoVacuum,
    @JsonProperty("user_version") int userVersion,
    @JsonProperty("application_id") int applicationId,
    @JsonProperty("schema_sha256") String schemaSha256,
    Ownership ownership,
    List<StateFile> state,
    Long sequence) {
  static final int FORMAT = 1;

  /** The part of the tenant's fingerprint that this backup can put back. */
  String identity() {
    return DatabaseIdentity.describe(journalMode, contentSha256, ownership, state);
  }
}
