package dev.uplift.backup;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What upgrades leave on a host. */
public enum StoredKind {
  @JsonProperty("backup")
  BACKUP("backup"),
  /** A database from which was turned back. */
  @JsonProperty("failed_database")
  FAILED_DATABASE("failed database"),
  /** The journal of an upgrade that is over. */
  @JsonProperty("journal")
  JOURNAL("journal"),
  /** What was seen of an upgrade. */
  @JsonProperty("evidence")
  EVIDENCE("evidence"),
  @JsonProperty("dependency_set")
  DEPENDENCY_SET("dependency set"),
  @JsonProperty("scratch")
  SCRATCH("scratch tree"),
  /** What an upgrade noted for a cutover that never began. */
  @JsonProperty("preparation")
  PREPARATION("preparation");

  private final String words;

  StoredKind(String words) {
    this.words = words;
  }

  /** As a person calls one of them. */
  @Override
  public String toString() {
    return words;
  }
}
