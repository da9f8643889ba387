package dev.uplift.command;

import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A lock that children hold themselves. A child of a killed worker keeps it, which is how the next
 * worker learns of it.
 */
public final class CommandLock {
  /** What {@code flock} exits with; commands seldom do. */
  static final int IS_HELD = 213;

  /** Names the lock in the environment of every child under it, and so of what that starts. */
  static final String MARK = "UPLIFT_COMMAND_LOCK";

  private final Path file;
  private final boolean shared;

  public CommandLock(Path file) {
    this(file, false);
  }

  private CommandLock(Path file, boolean shared) {
    this.file = file;
    this.shared = shared;
  }

  /** Any number of children hold it at once. */
  static CommandLock shared(Path file) {
    return new CommandLock(file, true);
  }

  /** Ends whoever holds the lock, with all that it started; returns when the lock is free. */
  public void endHolders() {
    ProcessTree.endHoldersOf(file, MARK + "=" + file);
  }

  List<String> prefix() {
    try {
      Files.createDirectories(file.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.of(
        "flock",
        "--no-fork",
        shared ? "--shared" : "--exclusive",
        "--nonblock",
        "--conflict-exit-code",
        Integer.toString(IS_HELD),
        file.toString());
  }

  String mark() {
    return file.toString();
  }

  void requireFree() {
    List<Long> holders = ProcessTree.holdersOf(List.of(file)).pids();
    if (!holders.isEmpty()) {
      throw new StepFailure(
          FailureKind.BUSY,
          "An earlier command still works here.",
          "process ids " + holders + " hold " + file,
          "Wait until it has ended, or end it.");
    }
  }
}
