package dev.uplift.api.engine;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Looks at once, and then again and again, on a thread of its own as long as the API runs. */
public abstract class PeriodicLook implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(PeriodicLook.class);

  private final String threadName;
  private final long pauseSeconds;
  private ScheduledExecutorService background;

  /**
   * @param pauseSeconds between the end of a look and the beginning of the next
   */
  protected PeriodicLook(String threadName, long pauseSeconds) {
    this.threadName = threadName;
    this.pauseSeconds = pauseSeconds;
  }

  /** What it throws is logged, and the next look comes all the same. */
  protected abstract void look();

  private void lookAndGoOn() {
    try {
      look();
    } catch (RuntimeException unexpected) {
      log.warn("{} failed, and looks again in {} s", threadName, pauseSeconds, unexpected);
    }
  }

  @Override
  public final synchronized void start() {
    background =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, threadName);
              thread.setDaemon(true);
              return thread;
            });
    background.scheduleWithFixedDelay(this::lookAndGoOn, 0, pauseSeconds, TimeUnit.SECONDS);
  }

  @Override
  public final synchronized void stop() {
    background.shutdownNow();
    background = null;
  }

  @Override
  public final synchronized boolean isRunning() {
    return background != null;
  }
}
