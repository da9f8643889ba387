package dev.uplift.api.engine;

import dev.uplift.api.problem.Problem;
import org.springframework.http.HttpStatus;

/** The engine did not answer. What it was asked to do may have happened all the same. */
public final class EngineAway extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int RETRY_AFTER_SECONDS = 10;

  public EngineAway(Throwable cause) {
    super("the engine does not answer", cause);
  }

  /** The answer to the client. */
  public Problem problem(String detail) {
    return new Problem(
            HttpStatus.SERVICE_UNAVAILABLE, "engine-away", "Engine does not answer", detail)
        .retryAfterSeconds(RETRY_AFTER_SECONDS);
  }
}
