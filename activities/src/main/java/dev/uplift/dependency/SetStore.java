package dev.uplift.dependency;

import dev.uplift.command.Command;
import dev.uplift.command.CommandLock;
import dev.uplift.command.CommandResult;
import dev.uplift.command.CommandRunner;
import dev.uplift.durable.Directories;
import dev.uplift.durable.DurableFile;
import dev.uplift.host.Cancellation;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The dependency sets of a host. A set is valid only with its {@code .complete}, which is written
 * last and holds its id; a directory without it was left by somebody who was killed, and is built
 * anew.
 */
final class SetStore {
  private static final String COMPLETE = ".complete";
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration FLUSH_TIMEOUT = Duration.ofMinutes(10);

  /** One JVM must not ask twice for a file lock, so threads queue here before the file. */
  private static final Map<Path, ReentrantLock> BUILDERS = new ConcurrentHashMap<>();

  private final Path sets;
  private final Map<String, String> environment;

  /**
   * @param environment for the commands that build
   */
  SetStore(Path sets, Map<String, String> environment) {
    this.sets = sets;
    this.environment = environment;
  }

  /** Fills the directory of a set, which is there and empty, at its final path. */
  interface Recipe {
    void build(Path set, CommandRunner commands);
  }

  /**
   * @param built whether it had to be built now
   */
  record Obtained(Path set, boolean built) {}

  /** The set of this id, built if need be; of several callers at once one builds. */
  Obtained obtain(SetId id, Recipe recipe, Cancellation cancellation) {
    Path set = sets.resolve(id.value());
    ReentrantLock builder = builder(set);
    lock(builder, cancellation);
    try {
      Files.createDirectories(sets);
      try (FileChannel file = open(lockOf(set))) {
        lock(file, cancellation);
        if (isComplete(set)) {
          // Under the lock, so that it is not being cleared away as one that nobody wants.
          Files.setLastModifiedTime(set.resolve(COMPLETE), FileTime.from(Instant.now()));
          return new Obtained(set, false);
        }
        return new Obtained(build(id, set, recipe, cancellation), true);
      }
    } catch (IOException e) {
      throw failure(set, e);
    } finally {
      builder.unlock();
    }
  }

  /** When somebody last wanted a set that is complete. */
  static Instant wantedAt(Path set) throws IOException {
    return Files.getLastModifiedTime(set.resolve(COMPLETE)).toInstant();
  }

  /**
   * Runs {@code work} while nobody builds this set or obtains it; not at all if somebody does now.
   */
  static boolean alone(Path set, IoWork work) throws IOException {
    ReentrantLock builder = builder(set);
    if (!builder.tryLock()) {
      return false;
    }
    try (FileChannel file = open(lockOf(set))) {
      return file.tryLock() != null && work.run();
    } finally {
      builder.unlock();
    }
  }

  /** Says whether it was done. */
  interface IoWork {
    boolean run() throws IOException;
  }

  /** Makes a set one that is not complete; what is left of it may be removed then. */
  static void invalidate(Path set) throws IOException {
    DurableFile.delete(set.resolve(COMPLETE));
  }

  static Path lockOf(Path set) {
    return set.resolveSibling(set.getFileName() + ".lock");
  }

  private static ReentrantLock builder(Path set) {
    return BUILDERS.computeIfAbsent(set, key -> new ReentrantLock());
  }

  /** Whether everything that belongs to the set is there, and on the disk. */
  static boolean isComplete(Path set) {
    try {
      return Files.readString(set.resolve(COMPLETE)).strip().equals(set.getFileName().toString());
    } catch (IOException notThere) {
      return false;
    }
  }

  private Path build(SetId id, Path set, Recipe recipe, Cancellation cancellation)
      throws IOException {
    // Not the file that the JVM locks: it would find itself among the holders.
    Path commandLock = sets.resolve(id + ".command.lock");
    new CommandLock(commandLock).endHolders();
    Directories.remove(set);
    Files.createDirectory(set);
    CommandRunner commands = CommandRunner.under(commandLock, cancellation);
    recipe.build(set, commands);
    flush(set, commands);
    try (FileChannel complete =
        FileChannel.open(
            set.resolve(COMPLETE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      complete.write(StandardCharsets.UTF_8.encode(id + "\n"));
      complete.force(true);
    }
    Directories.sync(set);
    Directories.sync(sets);
    return set;
  }

  // Files that only memory has would be empty after a power cut, beside a valid .complete.
  private void flush(Path set, CommandRunner commands) {
    CommandResult flushed =
        commands.run(
            new Command(
                List.of("sync", "--file-system", set.toString()), set, environment, FLUSH_TIMEOUT));
    if (!flushed.succeeded()) {
      throw InstallerFailure.of(set.toString(), flushed);
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private static void lock(ReentrantLock builder, Cancellation cancellation) {
    try {
      while (!builder.tryLock(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        cancellation.check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    }
  }

  // Closing the file releases the lock.
  private static void lock(FileChannel file, Cancellation cancellation) throws IOException {
    while (file.tryLock() == null) {
      cancellation.check();
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static RuntimeException failure(Path set, IOException e) {
    String text = String.valueOf(e.getMessage());
    return InstallerFailure.kindOf(text) == FailureKind.DISK_FULL
        ? new StepFailure(
            FailureKind.DISK_FULL,
            "The disk is full: a dependency set could not be built.",
            text,
            "Free space where Uplift keeps its state, then try again.",
            e)
        : new UncheckedIOException("building " + set, e);
  }
}
