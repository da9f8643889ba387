package dev.uplift.profile.yaml;

import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.Map;

/** What is written about a tenant below its id. */
public record TenantEntry(
    AppName app,
    HostName host,
    String path,
    String ring,
    Map<String, String> labels,
    Map<String, Integer> ports) {
  private static final int MAX_PATH = 255;

  public TenantEntry {
    require("app", app);
    require("host", host);
    require("path", path);
    if (path.length() > MAX_PATH
        || path.chars().anyMatch(c -> c < ' ' || "*?[]\\".indexOf(c) >= 0)) {
      throw new IllegalArgumentException(
          "path: at most " + MAX_PATH + " characters, no control characters, no '*?[]\\'");
    }
    if (!path.startsWith("/") || (path + "/").contains("/../")) {
      throw new IllegalArgumentException("path: must be absolute and without '..'");
    }
    if (ring != null && !Tenant.RINGS.contains(ring)) {
      throw new IllegalArgumentException("ring: must be test, canary or production");
    }
    if (ports != null && ports.keySet().stream().anyMatch(name -> !name.matches("[a-z0-9_]+"))) {
      throw new IllegalArgumentException("ports: a name is made of a-z, 0-9 and '_'");
    }
  }

  public Tenant named(Slug id) {
    return new Tenant(id, app.value(), host, path, ring, labels, ports);
  }

  private static void require(String key, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(key + " is missing");
    }
  }
}
