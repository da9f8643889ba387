package dev.uplift.sandbox;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.UUID;

/**
 * A virtual environment with nothing but pip in it. Python takes seconds to make one, so it is made
 * once for each interpreter, and kept.
 */
final class EmptyEnvironment {
  private EmptyEnvironment() {}

  /**
   * @param cache where it is kept; it is made anew where that cannot be written
   */
  static void create(Path directory, Path cache) {
    try {
      new VirtualEnvironment(keptIn(cache), Map.of()).copyTo(directory);
    } catch (IOException notKept) {
      make(directory);
    }
  }

  /** One thread at a time, since a lock of a file is one of the whole process. */
  private static synchronized Path keptIn(Path cache) throws IOException {
    Files.createDirectories(cache);
    // With a space: only then are its scripts, like pip, written so that they can be moved to any
    // place.
    Path kept = cache.resolve("empty venv " + interpreter(cache));
    Path complete = kept.resolveSibling(kept.getFileName() + ".complete");
    Path lock = kept.resolveSibling(kept.getFileName() + ".lock");
    try (FileChannel channel =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.lock();
      if (!Files.exists(complete)) {
        Tool.in(cache, Map.of(), "rm", "-rf", "--", kept.toString()).run();
        make(kept);
        Files.createFile(complete);
      }
    }
    return kept;
  }

  /** Another one at the same place is another one. */
  private static UUID interpreter(Path anywhere) {
    String identity =
        Tool.in(
                anywhere,
                Map.of(),
                "python3",
                "-c",
                "import sys; print(sys.executable, sys.version)")
            .run();
    return UUID.nameUUIDFromBytes(identity.getBytes(StandardCharsets.UTF_8));
  }

  private static void make(Path directory) {
    Tool.in(directory.getParent(), Map.of(), "python3", "-m", "venv", directory.toString()).run();
  }
}
