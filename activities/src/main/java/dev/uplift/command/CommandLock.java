package dev.uplift.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The lock that a tenant's children hold. A child of a worker that was killed lives on and still
 * holds it: it is ended before anything else is done to the tenant, or two migrations would run
 * beside each other.
 */
public final class CommandLock {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private final Path file;

  public CommandLock(Path file) {
    this.file = file;
  }

  /**
   * Ends whoever holds the lock and returns when nobody does.
   *
   * @return the processes that had to be ended
   * @throws IllegalStateException if one survives
   */
  public List<Long> endHolders() {
    try {
      Files.createDirectories(file.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<Long> first = holders();
    Instant deadline = Instant.now().plus(PATIENCE);
    List<Long> left = first;
    while (!left.isEmpty()) {
      if (Instant.now().isAfter(deadline)) {
        throw new IllegalStateException("processes " + left + " hold " + file + " and do not end");
      }
      left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new dev.uplift.host.StepCancelled("interrupted");
      }
      left = holders();
    }
    return first;
  }

  private List<Long> holders() {
    long self = ProcessHandle.current().pid();
    return ProcessTree.holdersOf(List.of(file)).pids().stream().filter(pid -> pid != self).toList();
  }
}
