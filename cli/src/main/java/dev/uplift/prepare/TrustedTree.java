package dev.uplift.prepare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Root will run what is in a directory, and so will services that may restart units. So nobody but
 * root may be able to change it, or to put another directory in its place.
 */
final class TrustedTree {
  private TrustedTree() {}

  /** One file or directory, as far as it matters who can change it. */
  record Entry(Path path, String owner, String group, Set<PosixFilePermission> mode) {

    /** Who but root can change it. */
    Optional<String> danger() {
      if (!owner.equals("root")) {
        return Optional.of("belongs to " + owner);
      }
      if (mode.contains(PosixFilePermission.OTHERS_WRITE)) {
        return Optional.of("can be written by every user");
      }
      if (mode.contains(PosixFilePermission.GROUP_WRITE) && !group.equals("root")) {
        return Optional.of("can be written by the group " + group);
      }
      return Optional.empty();
    }
  }

  /**
   * @throws Refused if somebody but root can change what is in {@code dist}, the release that runs
   */
  static void require(Path dist) throws IOException {
    Path real = dist.toRealPath();
    for (Path above = real.getParent(); above != null; above = above.getParent()) {
      require(dist, above);
    }
    try (Stream<Path> all = Files.walk(real)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        require(dist, path);
      }
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
  }

  private static void require(Path dist, Path path) throws IOException {
    PosixFileAttributes is =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    // A link's own mode means nothing; whoever may replace it may write to its directory.
    Set<PosixFilePermission> mode =
        is.isSymbolicLink() ? PosixFilePermissions.fromString("r--r--r--") : is.permissions();
    Entry entry = new Entry(path, is.owner().getName(), is.group().getName(), mode);
    entry
        .danger()
        .ifPresent(
            danger -> {
              throw new Refused(
                  "root and the services would run what is in "
                      + dist
                      + ", but "
                      + path
                      + " "
                      + danger
                      + ": unpack the archive as root below /opt (tar -xzf uplift-VERSION.tar.gz"
                      + " -C /opt), and run this from there");
            });
  }
}
