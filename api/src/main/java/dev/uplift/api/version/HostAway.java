package dev.uplift.api.version;

import dev.uplift.api.problem.Problem;
import dev.uplift.tenant.Tenant;
import org.springframework.http.HttpStatus;

/** The worker of a tenant's host did not answer in time. */
public final class HostAway extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int RETRY_AFTER_SECONDS = 10;
  private final transient Tenant tenant;

  HostAway(Tenant tenant) {
    super("the host does not answer");
    this.tenant = tenant;
  }

  /** The answer to the client. */
  public Problem problem(String consequence) {
    return new Problem(
            HttpStatus.SERVICE_UNAVAILABLE,
            "host-unreachable",
            "Host does not answer",
            "Host "
                + tenant.host()
                + " of tenant "
                + tenant.id()
                + " did not answer within 5 seconds. "
                + consequence)
        .retryAfterSeconds(RETRY_AFTER_SECONDS);
  }
}
