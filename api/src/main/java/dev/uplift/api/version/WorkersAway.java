package dev.uplift.api.version;

import dev.uplift.api.problem.HostUnreachable;
import dev.uplift.api.problem.Problem;
import dev.uplift.tenant.HostName;

/**
 * The engine is there, but nobody carries out workflows: what is started now would wait until
 * somebody does, and its caller with it.
 */
public final class WorkersAway extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient HostName host;

  WorkersAway(HostName host) {
    super("no worker carries out workflows");
    this.host = host;
  }

  /** The answer to the client. */
  public Problem problem(String consequence) {
    return HostUnreachable.problem(
        "No Uplift worker answers, neither that of host "
            + host
            + " nor any other that carries out workflows. "
            + consequence);
  }
}
