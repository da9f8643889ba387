package dev.uplift.code;

import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an upstream had when it was asked.
 *
 * @param tags release tags and the commits they pointed to
 * @param branches short names
 */
record KnownReleases(Map<Tag, CommitId> tags, Set<String> branches) {
  KnownReleases {
    tags = Map.copyOf(tags);
    branches = Set.copyOf(branches);
  }

  Optional<Tag> latest() {
    return Precedence.latest(tags.keySet());
  }

  Optional<CommitId> commitOf(Tag tag) {
    return Optional.ofNullable(tags.get(tag));
  }
}
