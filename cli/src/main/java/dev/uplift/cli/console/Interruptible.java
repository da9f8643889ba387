package dev.uplift.cli.console;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Work that Ctrl-C or SIGTERM interrupts, so that it cleans up by its own {@code finally}. */
public final class Interruptible {
  private Interruptible() {}

  /**
   * Runs {@code work} in this thread. When the process is told to end, the thread is interrupted,
   * and the process stays until the work has returned.
   *
   * @param patience how long it stays at most
   */
  public static <T> T run(Duration patience, Callable<T> work) throws Exception {
    Thread worker = Thread.currentThread();
    CountDownLatch returned = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              worker.interrupt();
              try {
                returned.await(patience.toMillis(), TimeUnit.MILLISECONDS);
              } catch (InterruptedException impatient) {
                Thread.currentThread().interrupt();
              }
            },
            "end-of-process");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return work.call();
    } finally {
      returned.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException ending) {
        // The hook is what got us here.
      }
    }
  }
}
