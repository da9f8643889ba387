package dev.uplift.profile.yaml;

import dev.uplift.tenant.HostName;
import java.util.Map;

/** A machine with tenants and a worker of its own. */
public record Host(HostName name, Map<String, String> labels) {
  public Host {
    labels = labels == null ? Map.of() : Map.copyOf(labels);
  }
}
