package dev.uplift.version;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;

/**
 * Which release a tenant has, and which it could have. The first five fields are a contract with
 * existing clients.
 *
 * @param deployedVersion as {@code git describe --tags} says it
 * @param latestVersion highest by SemVer precedence, pre-releases left out; null if the upstream
 *     has no release
 * @param targetCommit the full commit of the release that was asked about; null if there is none
 * @param upstreamError null, or why the upstream could not be asked: then {@code latest} is what
 *     the host knew before
 */
public record VersionInfo(
    @JsonProperty("deployed_version") String deployedVersion,
    @JsonProperty("deployed_commit") String deployedCommit,
    @JsonProperty("latest_version") String latestVersion,
    @JsonProperty("latest_commit") String latestCommit,
    @JsonProperty("upgrade_available") boolean upgradeAvailable,
    @JsonProperty("target_commit") String targetCommit,
    @JsonProperty("upstream_error") String upstreamError,
    @JsonProperty("checked_at") Instant checkedAt) {}
