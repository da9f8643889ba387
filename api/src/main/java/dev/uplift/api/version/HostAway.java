package dev.uplift.api.version;

import dev.uplift.api.problem.HostUnreachable;
import dev.uplift.api.problem.Problem;
import dev.uplift.tenant.Tenant;

/** The worker of a tenant's host did not answer in time. */
public final class HostAway extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient Tenant tenant;

  HostAway(Tenant tenant) {
    super("the host does not answer");
    this.tenant = tenant;
  }

  /** The answer to the client. */
  public Problem problem(String consequence) {
    return HostUnreachable.problem(
        "Host "
            + tenant.host()
            + " of tenant "
            + tenant.id()
            + " did not answer within 5 seconds. "
            + consequence);
  }
}
