package dev.uplift.cli.console;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Work that Ctrl-C or SIGTERM interrupts, so that it cleans up by its own {@code finally}. */
public final class Interruptible {
  private static final Duration PAUSE = Duration.ofMillis(200);

  private Interruptible() {}

  /**
   * Runs {@code work} in this thread. When the process is told to end, the thread is interrupted
   * until the work has returned, and the process stays for so long.
   *
   * @param patience how long it stays at most
   * @throws CommandFailure if the work failed because it was to end
   */
  public static <T> T run(Duration patience, Callable<T> work) throws Exception {
    Thread worker = Thread.currentThread();
    CountDownLatch returned = new CountDownLatch(1);
    Thread hook = new Thread(() -> end(worker, returned, patience), "end-of-process");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return work.call();
    } catch (Exception failure) {
      // An interruption looks different wherever it meets the work.
      throw hook.getState() == Thread.State.NEW ? failure : new CommandFailure("ended", failure);
    } finally {
      returned.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException ending) {
        // The hook is what got us here.
      }
    }
  }

  /** Again and again: a library may take an interruption for its own, and forget it. */
  static void end(Thread worker, CountDownLatch returned, Duration patience) {
    long deadlineNanos = System.nanoTime() + patience.toNanos();
    try {
      do {
        worker.interrupt();
      } while (!returned.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)
          && System.nanoTime() < deadlineNanos);
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
    }
  }
}
