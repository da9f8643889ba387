package dev.uplift.discover;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/** The same place has one name, however a unit spells it. */
final class RealPaths {
  private RealPaths() {}

  /**
   * {@code paths} as they are written and with links resolved. A program in a venv is a link out of
   * the checkout, and a working directory may be a link into it, so both count.
   */
  static Set<Path> of(Collection<Path> paths) {
    Set<Path> all = new LinkedHashSet<>(paths);
    for (Path path : paths) {
      try {
        if (path.getParent() != null) {
          all.add(path.getParent().toRealPath().resolve(path.getFileName()));
        }
        all.add(path.toRealPath());
      } catch (IOException missing) {
        continue;
      }
    }
    return all;
  }
}
