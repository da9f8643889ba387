package dev.uplift.api.web;

import dev.uplift.api.problem.Problem;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * The requests that wait for what a host does. When this process is told to stop they may wait a
 * little longer, and are then answered with where to ask later, instead of being cut off.
 */
@Component
public class PendingAnswers implements SmartLifecycle {
  // Less than the web server waits for its requests; for most upgrades it is enough.
  private static final long LAST_WAIT_SECONDS = 10;

  private static final int RETRY_AFTER_SECONDS = 10;

  private record Pending(CompletableFuture<?> answer, Runnable answerNow) {}

  private final Set<Pending> pending = ConcurrentHashMap.newKeySet();
  private volatile boolean running;

  /**
   * @param answerNow completes {@code answer} with what can be said before the end
   */
  public void add(CompletableFuture<?> answer, Runnable answerNow) {
    Pending waiting = new Pending(answer, answerNow);
    pending.add(waiting);
    answer.whenComplete((done, failure) -> pending.remove(waiting));
    if (!running) { // it was on its way here when the others were answered
      answerNow.run();
    }
  }

  /**
   * The same answer, or {@link #stopping} when this process stops before.
   *
   * @param detail what becomes of what was asked for, and what to do
   */
  public <T> CompletableFuture<T> orStopping(CompletableFuture<T> answer, String detail) {
    CompletableFuture<T> told = answer.copy();
    add(told, () -> told.completeExceptionally(stopping(detail)));
    return told;
  }

  /** What whoever waits is told when this process stops. */
  public static Problem stopping(String detail) {
    return new Problem(
            HttpStatus.SERVICE_UNAVAILABLE, "api-stopping", "The API is being stopped", detail)
        .retryAfterSeconds(RETRY_AFTER_SECONDS);
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
