package dev.uplift.cli.demo;

import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.console.LockFile;
import dev.uplift.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The directory of the demo: made anew at each start, and kept after the end so that one can look
 * at what was left of it.
 */
final class DemoDirectory implements AutoCloseable {
  private final Path uplift;
  private final LockFile lock;

  private DemoDirectory(Path uplift, LockFile lock) {
    this.uplift = uplift;
    this.lock = lock;
  }

  /**
   * Takes the directory for this process, ends what a killed demo left running, and empties it.
   *
   * @throws CommandFailure if another demo has it
   */
  static DemoDirectory claim(Path uplift) throws IOException {
    Path lockFile = uplift.resolve("demo.lock");
    LockFile lock = LockFile.take(lockFile).orElse(null);
    if (lock == null) {
      throw new CommandFailure(
          "another demo runs here, as process "
              + LockFile.holder(lockFile)
              + ": end it with Ctrl-C there, or set UPLIFT_HOME to another directory"
              + " and choose another --port");
    }
    DemoDirectory directory = new DemoDirectory(uplift, lock);
    try {
      // Our own processes and the engine end with the one that started them; services do not.
      Sandbox.stopServicesIn(directory.sandbox());
      delete(directory.root());
      Files.createDirectories(directory.logs());
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
    return directory;
  }

  private Path root() {
    return uplift.resolve("demo");
  }

  Path sandbox() {
    return root().resolve("sandbox");
  }

  Path logs() {
    return root().resolve("logs");
  }

  Path registry() {
    return root().resolve("registry.db");
  }

  /** Where the processes of the demo run. */
  Path work() {
    return root();
  }

  Path env() {
    return uplift.resolve("demo.env");
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
