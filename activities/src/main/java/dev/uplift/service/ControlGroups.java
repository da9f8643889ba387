package dev.uplift.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The control groups of systemd's units: whatever a service forks stays in there, however it
 * detaches itself.
 */
final class ControlGroups {
  private final List<Path> hierarchies;

  /**
   * @param mount where the control groups are, {@code /sys/fs/cgroup}
   */
  ControlGroups(Path mount) {
    // One unified hierarchy; or systemd's own one beside those of the controllers; or both.
    this.hierarchies = List.of(mount, mount.resolve("systemd"), mount.resolve("unified"));
  }

  /** The processes in a group and below it; none if it is gone. */
  List<Long> processes(String group) {
    if (group.isEmpty() || group.equals("/")) {
      return List.of();
    }
    Set<Long> pids = new TreeSet<>();
    for (Path hierarchy : hierarchies) {
      collect(hierarchy.resolve(group.substring(1)), pids);
    }
    return List.copyOf(pids);
  }

  private static void collect(Path directory, Set<Long> pids) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try {
      for (String line : Files.readAllLines(directory.resolve("cgroup.procs"))) {
        pids.add(Long.parseLong(line.strip()));
      }
      try (DirectoryStream<Path> children =
          Files.newDirectoryStream(directory, child -> Files.isDirectory(child))) {
        children.forEach(child -> collect(child, pids));
      }
    } catch (NoSuchFileException | NotDirectoryException removedMeanwhile) {
      return;
    } catch (IOException e) {
      // Read while it was being removed: the kernel says ENODEV, which has no exception of its own.
      if (Files.isDirectory(directory)) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
