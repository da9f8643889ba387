package dev.uplift.retention;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;

/**
 * What verifying a backup showed the last time.
 *
 * @param manifestSha256 of the manifest that it was compared with
 * @param problem null if it was good
 */
record Verification(
    @JsonProperty("manifest_sha256") String manifestSha256,
    @JsonProperty("verified_at") Instant verifiedAt,
    String problem,
    List<String> warnings) {

  Verification {
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
  }
}
