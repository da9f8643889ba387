package dev.uplift.health;

import dev.uplift.host.StepCancelled;
import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Tenant;
import java.util.List;
import java.util.Objects;

/** Whether a tenant is healthy at this moment. */
public final class HealthNow {
  private final Probe probe;

  public HealthNow(Probe probe) {
    this.probe = probe;
  }

  /**
   * What the checks find wrong, each named by its URL; empty if the tenant is healthy.
   *
   * @param deployedVersion the tag that answers must name where they name one; null if any will do
   */
  public List<String> problems(Tenant tenant, AppProfile profile, String deployedVersion) {
    try (HealthChecks checks =
        new HealthChecks(
            probe,
            HealthChecks.filled(tenant, profile),
            profile.timeouts().probe(),
            deployedVersion)) {
      return checks.round().stream()
          .map(result -> result.verdict().reason())
          .filter(Objects::nonNull)
          .toList();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    }
  }
}
