package dev.uplift.profile.yaml;

import dev.uplift.tenant.HostName;
import java.util.Map;

/** What is written about a host below its name. */
public record HostEntry(Map<String, String> labels) {
  public Host named(HostName name) {
    return new Host(name, labels);
  }
}
