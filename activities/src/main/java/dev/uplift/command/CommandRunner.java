package dev.uplift.command;

import dev.uplift.host.Cancellation;
import dev.uplift.host.StepCancelled;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Runs children in a session of their own and, where a lock file is given, under {@code flock
 * --no-fork} on it: the child itself then holds the lock, so it stays held when the worker is
 * killed and the child lives on.
 */
public final class CommandRunner {
  /** Descendants inherit it, so that one which left the session and its parent is still found. */
  private static final String MARK = "UPLIFT_COMMAND";

  private static final Duration POLL = Duration.ofMillis(20);
  private final CommandLock lock;
  private final Cancellation cancellation;

  private CommandRunner(CommandLock lock, Cancellation cancellation) {
    this.lock = lock;
    this.cancellation = cancellation;
  }

  /** Children that work on one tenant. */
  public static CommandRunner under(Path lock, Cancellation cancellation) {
    return new CommandRunner(new CommandLock(lock), cancellation);
  }

  /** Children that read one tenant, beside others that do. */
  public static CommandRunner sharing(Path lock, Cancellation cancellation) {
    return new CommandRunner(CommandLock.shared(lock), cancellation);
  }

  /** Children that touch no tenant. */
  public static CommandRunner withoutLock(Cancellation cancellation) {
    return new CommandRunner(null, cancellation);
  }

  /**
   * Runs a child to its end, its time-out or its cancellation. However that ends, no descendant of
   * the child is left.
   *
   * @throws StepCancelled after the child was ended, if the step was told to stop
   * @throws dev.uplift.host.StepFailure {@code busy} if an earlier child still holds the lock
   * @throws UncheckedIOException if the child could not be started, for instance because the
   *     directory is not there
   */
  public CommandResult run(Command command) {
    cancellation.check();
    long started = System.nanoTime();
    String mark = UUID.randomUUID().toString();
    Process child = start(command, mark);
    long startTime = ProcessTree.startTime(child.pid()).orElse(0);
    OutputTail tail = OutputTail.of(child.getInputStream());
    boolean timedOut = false;
    try {
      while (!timedOut && !child.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        cancellation.check();
        timedOut = since(started).compareTo(command.timeout()) > 0;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    } finally {
      // A descendant that outlives its parent would hold the tenant's lock and maybe its database.
      ProcessTree.endAll(child, startTime, MARK + "=" + mark);
    }
    int exitCode = exitCodeOf(child);
    CommandResult.Printed printed = tail.join();
    if (lock != null && exitCode == CommandLock.IS_HELD && printed.end().isEmpty()) {
      lock.requireFree();
    }
    return new CommandResult(exitCode, timedOut, printed, since(started));
  }

  private Process start(Command command, String mark) {
    List<String> words = new ArrayList<>(List.of("setsid"));
    if (lock != null) {
      words.addAll(lock.prefix());
    }
    words.addAll(command.words());
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(command.directory().toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.environment().clear();
    builder.environment().putAll(command.environment());
    builder.environment().put(MARK, mark);
    if (lock != null) {
      builder.environment().put(CommandLock.MARK, lock.mark());
    }
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int exitCodeOf(Process ended) {
    try {
      return ended.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    }
  }

  private static Duration since(long nanoTime) {
    return Duration.ofNanos(System.nanoTime() - nanoTime);
  }

  /**
   * Reads a child's output to its end, so that it never blocks on a full pipe, and keeps the last
   * part.
   */
  private static final class OutputTail {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private final Thread reader;
    private static final int KEPT = CommandResult.Printed.MAX_BYTES;
    private byte[] bytes = new byte[4 * 1024];
    private int length;
    private long dropped;

    private OutputTail(InputStream stream) {
      reader = new Thread(() -> drain(stream), "command-output");
      reader.setDaemon(true);
    }

    static OutputTail of(InputStream stream) {
      OutputTail tail = new OutputTail(stream);
      tail.reader.start();
      return tail;
    }

    private void drain(InputStream stream) {
      try (stream) {
        byte[] buffer = new byte[4 * 1024];
        for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
          append(buffer, n);
        }
      } catch (IOException closed) {
        // The child is gone; what was read is what there is.
      }
    }

    private synchronized void append(byte[] read, int n) {
      if (length + n > bytes.length && bytes.length < 2 * KEPT) {
        bytes = Arrays.copyOf(bytes, Math.min(2 * KEPT, 4 * bytes.length));
      }
      if (length + n > bytes.length) {
        drop(length + n - KEPT);
      }
      System.arraycopy(read, 0, bytes, length, n);
      length += n;
    }

    private void drop(int first) {
      System.arraycopy(bytes, first, bytes, 0, length - first);
      length -= first;
      dropped += first;
    }

    CommandResult.Printed join() {
      try {
        reader.join(PATIENCE.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return printed();
    }

    private synchronized CommandResult.Printed printed() {
      if (length > KEPT) {
        drop(length - KEPT);
      }
      // Not in the middle of a character.
      int from = 0;
      while (dropped > 0 && from < length && (bytes[from] & 0xC0) == 0x80) {
        from++;
      }
      return new CommandResult.Printed(
          new String(bytes, from, length - from, StandardCharsets.UTF_8), dropped + from);
    }
  }
}
