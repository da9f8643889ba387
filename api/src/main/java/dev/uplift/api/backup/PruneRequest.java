package dev.uplift.api.backup;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * @param dryRun absent: false
 * @param ofHost whether dependency sets and scratch trees of the tenant's host are pruned as well;
 *     absent: false
 */
record PruneRequest(
    @JsonProperty("dry_run") Boolean dryRun, @JsonProperty("of_host") Boolean ofHost) {
  static final PruneRequest DEFAULTS = new PruneRequest(null, null);

  boolean isDryRun() {
    return Boolean.TRUE.equals(dryRun);
  }

  boolean isOfHost() {
    return Boolean.TRUE.equals(ofHost);
  }
}
