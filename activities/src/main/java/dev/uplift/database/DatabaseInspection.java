package dev.uplift.database;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/**
 * What a live database is, as {@link LiveDatabase#inspect} found it.
 *
 * @param bytes of the file and its WAL: what a quiesced copy may need
 * @param stateBytes of all state files together
 * @param journalMode {@code wal} or {@code delete}
 * @param autoVacuum {@code none}, {@code full} or {@code incremental}
 * @param schemaSha256 of all statements of the schema
 * @param rows by table; null as a value where the database is too big to count them
 * @param foreignKeyViolations rows that refer to nothing, by {@code child -> parent}
 */
public record DatabaseInspection(
    long bytes,
    @JsonProperty("state_bytes") long stateBytes,
    @JsonProperty("journal_mode") String journalMode,
    @JsonProperty("page_size") int pageSize,
    String encoding,
    @JsonProperty("auto_vacuum") String autoVacuum,
    @JsonProperty("user_version") int userVersion,
    @JsonProperty("application_id") int applicationId,
    @JsonProperty("schema_sha256") String schemaSha256,
    Map<String, Long> rows,
    @JsonProperty("foreign_key_violations") Map<String, Long> foreignKeyViolations) {

  DatabaseInspection withStateBytes(long stateBytes) {
    return new DatabaseInspection(
        bytes,
        stateBytes,
        journalMode,
        pageSize,
        encoding,
        autoVacuum,
        userVersion,
        applicationId,
        schemaSha256,
        rows,
        foreignKeyViolations);
  }

  /** For a person. */
  public String shown() {
    return Json.text(this);
  }

  /** What an upgrade of this database needs on disk. */
  public DiskNeed diskNeed() {
    return new DiskNeed(bytes, stateBytes);
  }
}
