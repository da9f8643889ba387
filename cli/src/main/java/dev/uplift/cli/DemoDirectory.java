package dev.uplift.cli;

import dev.uplift.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The directory of the demo: made anew at each start, and kept after the end so that one can look
 * at what was left of it.
 */
final class DemoDirectory implements AutoCloseable {
  private static final Duration LEFTOVER_PATIENCE = Duration.ofSeconds(5);

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
  static DemoDirectory claim(Path uplift) throws IOException, InterruptedException {
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
      directory.endLeftovers();
      delete(directory.root());
      Files.createDirectories(directory.logs());
    } catch (IOException | InterruptedException | RuntimeException e) {
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

  Path engineDatabase() {
    return root().resolve("engine.db");
  }

  /** Where the processes of the demo run. */
  Path work() {
    return root();
  }

  Path env() {
    return uplift.resolve("demo.env");
  }

  private Path enginePid() {
    return root().resolve("engine.pid");
  }

  /** Notes the engine, which unlike our own processes does not notice when this one is killed. */
  void noteEngine(long pid) throws IOException {
    Files.writeString(
        enginePid(), pid + " " + startOf(pid).toEpochMilli(), StandardOpenOption.CREATE_NEW);
  }

  private void endLeftovers() throws IOException, InterruptedException {
    Sandbox.stopServicesIn(sandbox());
    if (!Files.exists(enginePid())) {
      return;
    }
    String[] noted = Files.readString(enginePid()).split(" ");
    long pid = Long.parseLong(noted[0]);
    // Another process may have got the number since.
    if (startOf(pid).toEpochMilli() == Long.parseLong(noted[1])) {
      ProcessHandle engine = ProcessHandle.of(pid).orElseThrow();
      engine.destroy();
      try {
        engine.onExit().get(LEFTOVER_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException | TimeoutException stubborn) {
        engine.destroyForcibly();
      }
    }
  }

  private static Instant startOf(long pid) {
    return ProcessHandle.of(pid)
        .flatMap(process -> process.info().startInstant())
        .orElse(Instant.EPOCH);
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
