package dev.uplift.sandbox;

import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Tenant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes the {@code fleet.yml} that describes the sandbox to Uplift. */
final class FleetText {
  private FleetText() {}

  /**
   * @param timeouts by the names that they have in a profile, like {@code health_window} and {@code
   *     5s}
   */
  static String of(
      HostName host, String upstreamUrl, Map<String, String> timeouts, List<Tenant> tenants) {
    String profile =
        """
        # Written by the sandbox.
        hosts:
          "%s": {}

        apps:
          cbapp:
            upstream: {url: "%s"}
            database: db/pocket.db
            state: []
            services: ["{slug}-api", "{slug}-frontend"]
            dependencies:
              - {type: python, requirements: requirements.txt, venv: venv}
            migrations:
              run: [venv/bin/python, "{script}"]
              scripts:
                - scripts/create_schema.py
                - scripts/create_default_users.py
                - scripts/add_person_columns.py
                - scripts/migrate_add_import_metadata.py
                - scripts/add_person_indexes.py
                - scripts/add_segment_tables.py
              verify: []
            health:
              - {url: "http://127.0.0.1:{api_port}/health", status: 200}
              - {url: "http://127.0.0.1:{frontend_port}/", status: 200}
            timeouts: {%s}
            rehearsal: {enabled: true, copy: [.env]}
            on_late_writes: restore

        tenants:
        """
            .formatted(host, upstreamUrl, flow(timeouts));
    return profile + tenants.stream().map(FleetText::entry).collect(Collectors.joining());
  }

  private static String entry(Tenant tenant) {
    return """
          "%s":
            app: %s
            host: "%s"
            path: "%s"
            ring: %s
            labels: {}
            ports: {%s}
        """
        .formatted(
            tenant.id(),
            tenant.app(),
            tenant.host(),
            tenant.path(),
            tenant.ring(),
            flow(tenant.ports()));
  }

  private static String flow(Map<String, ?> values) {
    return new TreeMap<String, Object>(values)
        .entrySet().stream()
            .map(entry -> entry.getKey() + ": " + entry.getValue())
            .collect(Collectors.joining(", "));
  }
}
