package dev.uplift.api.problem;

import dev.uplift.tenant.Tenant;
import org.springframework.http.HttpStatus;

/** The answer to a client when the host of a tenant is silent, whatever was asked of it. */
public final class HostUnreachable {
  private static final int RETRY_AFTER_SECONDS = 10;

  private HostUnreachable() {}

  public static Problem problem(String detail) {
    return new Problem(
            HttpStatus.SERVICE_UNAVAILABLE, "host-unreachable", "Host does not answer", detail)
        .retryAfterSeconds(RETRY_AFTER_SECONDS);
  }

  /**
   * @param consequence what follows from it, and what may be done
   */
  public static Problem of(Tenant tenant, String consequence) {
    return problem(
        "Host %s of tenant %s does not answer. %s"
            .formatted(tenant.host(), tenant.id(), consequence));
  }
}
