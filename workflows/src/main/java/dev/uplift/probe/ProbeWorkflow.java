package dev.uplift.probe;

import dev.uplift.tenant.HostName;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;
import java.util.UUID;

/** Asks a host whether some of its tenants are healthy. */
@WorkflowInterface
public interface ProbeWorkflow {
  /**
   * @param tenants all of that host
   */
  @WorkflowMethod
  List<Unhealthy> probe(HostName host, List<Probed> tenants);

  static String idFor(UUID rollout, HostName host, int part) {
    return "probe/" + rollout + "/" + host + "/" + part;
  }
}
