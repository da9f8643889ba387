package dev.uplift.api.version;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.version.VersionInfo;
import java.time.Instant;

/** The first five fields are a contract with existing clients and are always there. */
record VersionAnswer(
    @JsonProperty("deployed_version") @JsonInclude(Include.ALWAYS) String deployedVersion,
    @JsonProperty("deployed_commit") @JsonInclude(Include.ALWAYS) String deployedCommit,
    @JsonProperty("latest_version") @JsonInclude(Include.ALWAYS) String latestVersion,
    @JsonProperty("latest_commit") @JsonInclude(Include.ALWAYS) String latestCommit,
    @JsonProperty("upgrade_available") boolean upgradeAvailable,
    @JsonProperty("upstream_error") String upstreamError,
    @JsonProperty("checked_at") Instant checkedAt) {

  static VersionAnswer of(VersionInfo info, Instant now) {
    return new VersionAnswer(
        info.deployedVersion(),
        info.deployedCommit(),
        info.latestVersion(),
        info.latestCommit(),
        info.upgradeAvailable(),
        info.upstreamError(),
        info.checkedAt() == null ? now : info.checkedAt());
  }
}
