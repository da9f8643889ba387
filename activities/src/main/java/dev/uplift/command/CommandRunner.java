package dev.uplift.command;

import dev.uplift.host.Cancellation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs children in a session of their own and, where a lock file is given, under {@code flock
 * --no-fork} on it: the child itself then holds the lock, so it stays held when the worker is
 * killed and the child lives on.
 */
public final class CommandRunner {
  private static final Duration POLL = Duration.ofMillis(20);
  private final Path lock;
  private final Cancellation cancellation;

  private CommandRunner(Path lock, Cancellation cancellation) {
    this.lock = lock;
    this.cancellation = cancellation;
  }

  /** Children that work on one tenant. */
  public static CommandRunner under(Path lock, Cancellation cancellation) {
    return new CommandRunner(lock, cancellation);
  }

  /** Children that touch no tenant. */
  public static CommandRunner withoutLock(Cancellation cancellation) {
    return new CommandRunner(null, cancellation);
  }

  /**
   * Runs a child to its end, its time-out or its cancellation.
   *
   * @throws dev.uplift.host.StepCancelled after the child was ended, if the step was told to stop
   * @throws UncheckedIOException if the child could not be started, for instance because the
   *     program is not there
   */
  public CommandResult run(Command command) {
    Instant started = Instant.now();
    try {
      Process child = start(command);
      OutputTail tail = OutputTail.of(child.getInputStream());
      boolean timedOut = false;
      while (!child.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        boolean overdue = Duration.between(started, Instant.now()).compareTo(command.timeout()) > 0;
        if (overdue || cancellation.isRequested()) {
          ProcessTree.kill(child);
          timedOut = overdue;
          break;
        }
      }
      int exitCode = child.waitFor();
      // A descendant that outlives its parent still holds the tenant's lock and maybe its database.
      ProcessTree.kill(child);
      String output = tail.join();
      if (!timedOut) {
        cancellation.check();
      }
      return new CommandResult(
          exitCode, timedOut, output, Duration.between(started, Instant.now()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new dev.uplift.host.StepCancelled("interrupted");
    }
  }

  private Process start(Command command) throws IOException {
    List<String> words = new ArrayList<>(List.of("setsid"));
    if (lock != null) {
      words.addAll(List.of("flock", "--no-fork", "--nonblock", "--conflict-exit-code", "213"));
      words.add(lock.toString());
    }
    words.addAll(command.words());
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(command.directory().toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
    builder.environment().clear();
    builder.environment().putAll(command.environment());
    return builder.start();
  }

  /**
   * Reads a child's output to its end, so that it never blocks on a full pipe, and keeps the last
   * part.
   */
  private static final class OutputTail {
    private static final int KEPT_BYTES = 8 * 1024;
    private final Thread reader;
    private final StringBuffer text = new StringBuffer();

    private OutputTail(InputStream stream) {
      reader = new Thread(() -> drain(stream), "command-output");
      reader.setDaemon(true);
      reader.start();
    }

    static OutputTail of(InputStream stream) {
      return new OutputTail(stream);
    }

    private void drain(InputStream stream) {
      var lines = new java.io.InputStreamReader(stream, java.nio.charset.StandardCharsets.UTF_8);
      char[] buffer = new char[4096];
      try {
        for (int n = lines.read(buffer); n >= 0; n = lines.read(buffer)) {
          text.append(buffer, 0, n);
          if (text.length() > 4 * KEPT_BYTES) {
            text.delete(0, text.length() - KEPT_BYTES);
          }
        }
      } catch (IOException closed) {
        // The child is gone; what was read is what there is.
      }
    }

    String join() throws InterruptedException {
      reader.join(2_000);
      String all = text.toString();
      return all.length() <= KEPT_BYTES ? all : all.substring(all.length() - KEPT_BYTES);
    }
  }
}
