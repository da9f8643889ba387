package dev.uplift.api.version;

import dev.uplift.api.problem.Problem;
import dev.uplift.tenant.HostName;
import org.springframework.http.HttpStatus;

/**
 * The engine is there, but nobody carries out workflows: what is started now would wait until
 * somebody does, and its caller with it.
 */
public final class WorkersAway extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int RETRY_AFTER_SECONDS = 10;
  private final transient HostName host;

  WorkersAway(HostName host) {
    super("no worker carries out workflows");
    this.host = host;
  }

  /** The answer to the client. */
  public Problem problem(String consequence) {
    return new Problem(
            HttpStatus.SERVICE_UNAVAILABLE,
            "host-unreachable",
            "Host does not answer",
            "No Uplift worker answers, neither that of host "
                + host
                + " nor any other that carries out workflows. "
                + consequence)
        .retryAfterSeconds(RETRY_AFTER_SECONDS);
  }
}
