package dev.uplift.api.upgrade;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The requests that wait for the end of an upgrade. When this process is told to stop they may wait
 * a little longer, and are then answered with where to ask later, instead of being cut off.
 */
@Component
class PendingAnswers implements SmartLifecycle {
  // Less than the web server waits for its requests; for most upgrades it is enough.
  private static final long LAST_WAIT_SECONDS = 10;

  record Pending(CompletableFuture<?> answer, Runnable answerNow) {}

  private final Set<Pending> pending = ConcurrentHashMap.newKeySet();
  private volatile boolean running;

  /**
   * @param answerNow completes {@code answer} with what can be said before the end
   */
  void add(CompletableFuture<?> answer, Runnable answerNow) {
    Pending waiting = new Pending(answer, answerNow);
    pending.add(waiting);
    answer.whenComplete((done, failure) -> pending.remove(waiting));
    if (!running) { // it was on its way here when the others were answered
      answerNow.run();
    }
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop(Runnable stopped) {
    running = false;
    CompletableFuture.allOf(
            pending.stream().map(Pending::answer).toArray(CompletableFuture<?>[]::new))
        .orTimeout(LAST_WAIT_SECONDS, TimeUnit.SECONDS)
        .whenComplete(
            (allOver, notAll) -> {
              pending.forEach(waiting -> waiting.answerNow().run());
              stopped.run();
            });
  }

  @Override
  public void stop() {
    stop(() -> {});
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  // Stops before the web server does, which waits for its requests.
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
