package dev.uplift.testhost;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The mounts of this machine. */
final class Mounts {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private Mounts() {}

  /** Takes away what is mounted somewhere below a directory. */
  static void removeBelow(Path directory) throws IOException, InterruptedException {
    String below = directory + "/";
    List<String> points;
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      points =
          mounts
              .map(line -> line.split(" ")[1])
              .filter(point -> point.startsWith(below))
              .sorted(Comparator.reverseOrder())
              .toList();
    }
    for (String point : points) {
      // At once out of the way, and gone when the last file in it is closed.
      LocalCommand.of("umount", "--lazy", point).mustRun(PATIENCE);
    }
  }
}
