package dev.uplift.upgrade;

import dev.uplift.profile.AppProfile;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import java.util.List;

/**
 * What FetchRelease brought to the host: the release that an upgrade goes to.
 *
 * @param profile the app's profile as this release changes it
 */
public record Release(Tag tag, CommitId commit, AppProfile profile, List<String> warnings) {
  public Release {
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
  }
}
