package dev.uplift.api.check;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.release.Tag;

/**
 * @param targetVersion absent: the latest
 */
record CheckRequest(@JsonProperty("target_version") Tag targetVersion) {
  static final CheckRequest DEFAULTS = new CheckRequest(null);
}
