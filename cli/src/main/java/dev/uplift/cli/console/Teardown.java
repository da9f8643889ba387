package dev.uplift.cli.console;

import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;

/** What has to be ended, in the reverse order of its start, however the command ends. */
public final class Teardown implements AutoCloseable {
  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private final PrintWriter err;

  public Teardown(PrintWriter err) {
    this.err = err;
  }

  public <T extends AutoCloseable> T add(T thing) {
    started.push(thing);
    return thing;
  }

  /** Ends everything; what cannot be ended does not keep the rest from it. */
  @Override
  public void close() {
    // Where no interruption of this thread cuts short the waiting for processes to end.
    CompletableFuture.runAsync(this::endAll).join();
  }

  private void endAll() {
    while (!started.isEmpty()) {
      try {
        started.pop().close();
      } catch (Exception failure) {
        err.println("uplift: while ending: " + failure.getMessage());
      }
    }
  }
}
