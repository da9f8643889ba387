package dev.uplift.profile;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a failed check does when users wrote after the new release had been started. */
public enum OnLateWrites {
  /** Put the backup back all the same, keep the failed database and report the rows. */
  @JsonProperty("restore")
  RESTORE,
  /** Hold the tenant, so that a person decides. */
  @JsonProperty("hold")
  HOLD
}
