package dev.uplift.dependency;

import dev.uplift.profile.AppProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What tells one installation of dependencies from another, cheap enough for a cutover. */
public final class DependencyIdentity {
  private DependencyIdentity() {}

  /**
   * For every dependency path of the profile its link's target, or which directory it is and what
   * is installed in it, or that there is nothing.
   */
  public static String of(Path checkout, AppProfile profile) {
    return DependencyLink.of(checkout, profile).stream()
        .map(link -> link.name() + "=" + of(link))
        .collect(Collectors.joining(" "));
  }

  private static String of(DependencyLink link) {
    try {
      DependencyLink.State state = link.state();
      return switch (state.kind()) {
        case ABSENT -> "absent";
        case LINK -> "link:" + state.target();
        case DIRECTORY -> "directory:" + inode(link.path()) + ":" + installedIn(link.path());
        case OTHER -> "file:" + inode(link.path());
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Object inode(Path path) throws IOException {
    return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
  }

  /** A hash of the names at the places where Python's and others' installers put packages. */
  private static SetId installedIn(Path directory) throws IOException {
    SetId.Builder id = SetId.of("installed");
    names(directory).forEach(name -> id.with("entry", name));
    try (Stream<Path> libraries =
        Files.find(directory, 3, (path, a) -> path.endsWith("site-packages"))) {
      for (Path library : libraries.sorted().toList()) {
        names(library).forEach(name -> id.with("package", name));
      }
    }
    return id.build();
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> !name.equals("__pycache__"))
          .sorted()
          .toList();
    }
  }
}
