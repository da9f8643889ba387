package dev.uplift.api.engine;

import dev.uplift.api.problem.Problem;
import org.springframework.http.HttpStatus;

/**
 * The engine did not answer. What it was asked to do may have happened all the same, unless {@link
 * #wasAsked} says that it was not even asked.
 */
public final class EngineAway extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int RETRY_AFTER_SECONDS = 10;

  private final String target;
  private final String reason;
  private final boolean asked;

  /**
   * @param target the engine's address
   * @param reason a clause about the engine, see {@link dev.uplift.engine.Engine#explain}
   * @param asked whether anything may have been sent
   */
  EngineAway(String target, String reason, boolean asked, Throwable cause) {
    super("the engine at " + target + " cannot be used: " + reason, cause);
    this.target = target;
    this.reason = reason;
    this.asked = asked;
  }

  /** Whether the engine may have been asked; if not, nothing has happened, and nothing will. */
  public boolean wasAsked() {
    return asked;
  }

  /** The answer to the client: the consequence for it, and what is known of the engine. */
  public Problem problem(String consequence) {
    return new Problem(
            HttpStatus.SERVICE_UNAVAILABLE,
            "engine-away",
            "Engine does not answer",
            consequence + " The API cannot use the engine at " + target + ": " + reason + ".")
        .retryAfterSeconds(RETRY_AFTER_SECONDS);
  }
}
