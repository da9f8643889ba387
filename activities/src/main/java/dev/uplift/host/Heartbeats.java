package dev.uplift.host;

import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import io.temporal.client.ActivityWorkerShutdownException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Beats for every running attempt, and brings back what the engine answers: that it is to stop. */
public final class Heartbeats implements AutoCloseable {
  private static final long PERIOD_MILLIS = 500;
  private final ScheduledExecutorService clock =
      Executors.newScheduledThreadPool(
          2,
          task -> {
            Thread thread = new Thread(task, "heartbeats");
            thread.setDaemon(true);
            return thread;
          });

  /** One attempt's beat; ends when closed. */
  public interface Beating extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Until it is closed.
   *
   * @param attempt is told to stop when the engine says so
   * @param alongside is run with each beat
   */
  public Beating during(
      ActivityExecutionContext context, AttemptCancellation attempt, Runnable alongside) {
    ScheduledFuture<?> beat =
        clock.scheduleAtFixedRate(
            () -> beat(context, attempt, alongside), 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    return () -> beat.cancel(false);
  }

  private static void beat(
      ActivityExecutionContext context, AttemptCancellation attempt, Runnable alongside) {
    try {
      alongside.run();
      context.heartbeat(null);
    } catch (ActivityWorkerShutdownException draining) {
      // A worker that drains lets its steps finish.
    } catch (ActivityCompletionException told) {
      attempt.request(told);
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
