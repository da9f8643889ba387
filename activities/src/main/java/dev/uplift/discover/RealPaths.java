package dev.uplift.discover;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/** The same place has one name, however a unit spells it. */
final class RealPaths {
  private RealPaths() {}

  static Set<Path> of(Collection<Path> paths) {
    Set<Path> real = new LinkedHashSet<>();
    for (Path path : paths) {
      // A program in a venv is a link out of it, so the path as it is written counts as well.
      real.add(realDirectory(path));
      real.add(path);
    }
    return real;
  }

  /** {@code path} with the links on the way to it resolved, but not itself. */
  private static Path realDirectory(Path path) {
    try {
      return path.getParent() == null
          ? path
          : path.getParent().toRealPath().resolve(path.getFileName());
    } catch (IOException missing) {
      return path;
    }
  }
}
