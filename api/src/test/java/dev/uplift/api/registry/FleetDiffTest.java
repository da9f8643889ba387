package dev.uplift.api.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.api.registry.FleetDiff.Difference;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.profile.yaml.FleetFile;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import java.util.List;
import org.junit.jupiter.api.Test;

class FleetDiffTest {
  private static final String REGISTERED =
      """
      hosts: {web-1: {labels: {rack: "7"}}, web-2: {}}
      apps:
        shop:
          database: a.db
          services: ["{slug}-api"]
          health: [{url: "http://127.0.0.1:{api_port}/"}]
          timeouts: {stop: 90s}
        old: {database: a.db, services: ["{slug}"], health: [{url: "http://127.0.0.1/"}]}
      tenants:
        acme: {app: shop, host: web-1, path: /srv/acme, labels: {plan: gold}, ports: {api: 8001}}
        zeta: {app: shop, host: web-1, path: /srv/zeta, ports: {api: 8002}}
      """;

  @Test
  void whatIsRegisteredAlreadyIsUnchanged() {
    FleetDiff diff = diff(REGISTERED);

    assertThat(diff.created()).isEmpty();
    assertThat(diff.changed()).isEmpty();
    assertThat(diff.differences()).isEmpty();
    assertThat(diff.notNamed()).isEmpty();
    assertThat(diff.unchanged())
        .containsExactly(
            "hosts/web-1", "hosts/web-2", "apps/shop", "apps/old", "tenants/acme", "tenants/zeta");
  }

  @Test
  void eachKeyThatDiffersIsToldWithBothValues() {
    FleetDiff diff =
        diff(
            """
            hosts: {web-1: {}}
            apps:
              shop:
                database: a.db
                services: ["{slug}-api", "{slug}-web"]
                health: [{url: "http://127.0.0.1:{api_port}/"}]
                timeouts: {stop: 2m}
            tenants:
              acme: {app: shop, host: web-1, path: /srv/acme, labels: {plan: tin}, ports: {api: 8001, web: 8003}}
              fresh: {app: shop, host: web-1, path: /srv/fresh, ports: {api: 8004}}
            """);

    assertThat(diff.created()).containsExactly("tenants/fresh");
    assertThat(diff.changed()).containsExactly("hosts/web-1", "apps/shop", "tenants/acme");
    assertThat(diff.differences())
        .containsExactly(
            new Difference("hosts/web-1", "labels", java.util.Map.of("rack", "7"), null),
            new Difference(
                "apps/shop",
                "services",
                List.of("{slug}-api"),
                List.of("{slug}-api", "{slug}-web")),
            new Difference("apps/shop", "timeouts.stop", "90s", "2m"),
            new Difference("tenants/acme", "labels.plan", "gold", "tin"),
            new Difference("tenants/acme", "ports.web", null, 8003));
    assertThat(diff.hostsNotNamed()).containsExactly(HostName.of("web-2"));
    assertThat(diff.appsNotNamed()).containsExactly(AppName.of("old"));
    assertThat(diff.tenantsNotNamed()).containsExactly(Slug.of("zeta"));
    assertThat(diff.merged().tenants())
        .extracting(tenant -> tenant.id().value())
        .containsExactly("acme", "zeta", "fresh");
  }

  private static FleetDiff diff(String wanted) {
    return FleetDiff.between(FleetFile.read(REGISTERED), FleetFile.read(wanted));
  }
}
