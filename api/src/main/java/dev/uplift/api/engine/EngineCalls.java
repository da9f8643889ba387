package dev.uplift.api.engine;

import dev.uplift.engine.Engine;
import dev.uplift.engine.EngineProblem;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.client.WorkflowClient;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Talks to the engine on threads of its own, so that an engine that does not answer takes none from
 * the web server.
 */
@Component
public class EngineCalls implements DisposableBean {
  private static final int THREADS = 16;
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(8);

  private final Engine engine;
  private final Duration answerWithin;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS,
          work -> {
            Thread thread = new Thread(work, "engine-call");
            thread.setDaemon(true);
            return thread;
          });

  @Autowired
  EngineCalls(Engine engine) {
    this(engine, ANSWER_WITHIN);
  }

  EngineCalls(Engine engine, Duration answerWithin) {
    this.engine = engine;
    this.answerWithin = answerWithin;
  }

  /**
   * Makes a call that answers at once if the engine is there; otherwise the future fails within
   * seconds with {@link EngineAway}. A call that had not begun by then is not made any more.
   */
  public <T> CompletableFuture<T> call(Function<WorkflowClient, T> call) {
    AtomicBoolean decided = new AtomicBoolean();
    return CompletableFuture.supplyAsync(
            () -> {
              if (!decided.compareAndSet(false, true)) {
                throw new CancellationException("whoever asked was told that it is not done");
              }
              return call.apply(engine.client());
            },
            threads)
        .orTimeout(answerWithin.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionallyCompose(
            failure -> {
              boolean neverBegun = decided.compareAndSet(false, true);
              return CompletableFuture.failedFuture(
                  neverBegun ? notAsked(failure) : explain(failure));
            });
  }

  private EngineAway notAsked(Throwable failure) {
    return new EngineAway(engine.target(), engine.explain(failure), false, failure);
  }

  /** What a failed future really failed of; {@link EngineAway} if the engine did not answer. */
  public Throwable explain(Throwable failure) {
    Throwable told = failure;
    while (told instanceof CompletionException && told.getCause() != null) {
      told = told.getCause();
    }
    if (told instanceof TimeoutException || EngineProblem.isUnknownNamespace(told)) {
      return away(told);
    }
    for (Throwable cause = told; cause != null; cause = cause.getCause()) {
      if (cause instanceof CancellationException) { // a call that was cut off under way
        return away(told);
      }
      if (cause instanceof StatusRuntimeException refused
          && isAway(refused.getStatus().getCode())) {
        return away(told);
      }
    }
    return told;
  }

  /** A failure as one of the engine or of the way to it, whatever it looks like. */
  public EngineAway away(Throwable failure) {
    return failure instanceof EngineAway away
        ? away
        : new EngineAway(engine.target(), engine.explain(failure), true, failure);
  }

  /**
   * Whether the engine is there, but could not answer for all that it had to do. Whoever only waits
   * asks again.
   */
  public static boolean isBusy(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof StatusRuntimeException refused
          && refused.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void destroy() {
    threads.shutdownNow();
  }

  private static boolean isAway(Status.Code code) {
    return switch (code) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, RESOURCE_EXHAUSTED -> true;
      case UNAUTHENTICATED, PERMISSION_DENIED -> true; // of no use to us until it lets us in
      default -> false;
    };
  }
}
