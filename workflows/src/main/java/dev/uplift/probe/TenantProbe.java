package dev.uplift.probe;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import java.util.List;

/** Looks whether tenants of a host are healthy. Changes nothing. */
@ActivityInterface
public interface TenantProbe {
  /**
   * @return those that are not, each with what was found wrong; of one that cannot be looked at
   *     nothing is said
   */
  @ActivityMethod(name = "ProbeTenants")
  List<Unhealthy> probeTenants(List<Probed> tenants);
}
