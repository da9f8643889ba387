package dev.uplift.upgrade;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.uplift.profile.AppProfile;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import java.util.List;

/**
 * What InspectTenant found: the release that turning back returns to.
 *
 * @param version as {@code git describe --tags} says it
 * @param tag null when HEAD is not at a release tag
 * @param profile the app's profile as this release changes it
 * @param healthy whether the tenant passed its own health checks; false only under {@code force}
 * @param running the units that ran
 * @param machine on which it was found, so that no other is taken for it; null if it was not told
 * @param diskBytes what an upgrade needs on the host's file systems, all together; null if it was
 *     not told
 */
public record Deployed(
    String version,
    Tag tag,
    CommitId commit,
    AppProfile profile,
    boolean healthy,
    List<String> running,
    List<String> warnings,
    String machine,
    Long diskBytes) {

  public Deployed {
    running = running == null ? List.of() : List.copyOf(running);
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
  }

  public Deployed(
      String version,
      Tag tag,
      CommitId commit,
      AppProfile profile,
      boolean healthy,
      List<String> running,
      List<String> warnings) {
    this(version, tag, commit, profile, healthy, running, warnings, null, null);
  }

  /** The same, found on that machine. */
  public Deployed on(String foundOn) {
    return new Deployed(
        version, tag, commit, profile, healthy, running, warnings, foundOn, diskBytes);
  }

  /** The same, with what an upgrade needs on disk. */
  public Deployed needing(long bytes) {
    return new Deployed(version, tag, commit, profile, healthy, running, warnings, machine, bytes);
  }

  @JsonIgnore
  public boolean isAt(Release release) {
    return commit.equals(release.commit());
  }
}
