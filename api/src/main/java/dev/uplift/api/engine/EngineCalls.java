package dev.uplift.api.engine;

import dev.uplift.engine.Engine;
import dev.uplift.engine.EngineProblem;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.client.WorkflowClient;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Talks to the engine on threads of its own, so that an engine that does not answer takes none from
 * the web server.
 */
@Component
public class EngineCalls implements DisposableBean {
  private static final int THREADS = 16;
  private static final long ANSWER_WITHIN_SECONDS = 8;

  private final Engine engine;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS,
          work -> {
            Thread thread = new Thread(work, "engine-call");
            thread.setDaemon(true);
            return thread;
          });

  EngineCalls(Engine engine) {
    this.engine = engine;
  }

  /**
   * Makes a call that answers at once if the engine is there; otherwise the future fails within
   * seconds with {@link EngineAway}.
   */
  public <T> CompletableFuture<T> call(Function<WorkflowClient, T> call) {
    return CompletableFuture.supplyAsync(() -> call.apply(engine.client()), threads)
        .orTimeout(ANSWER_WITHIN_SECONDS, TimeUnit.SECONDS)
        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(explain(failure)));
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
        : new EngineAway(engine.target(), engine.explain(failure), failure);
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
