package dev.uplift.profile;

import java.util.List;

/**
 * Whether migrations are rehearsed before the stop, and what a rehearsal needs besides the
 * release's own files.
 *
 * @param copy untracked files of the checkout that the scripts read
 */
public record Rehearsal(Boolean enabled, List<String> copy) {
  public static final Rehearsal DEFAULT = new Rehearsal(true, List.of());

  public Rehearsal {
    enabled = enabled == null || enabled;
    copy = copy == null ? List.of() : List.copyOf(copy);
    copy.forEach(file -> RelativePath.require("copy", file));
  }
}
