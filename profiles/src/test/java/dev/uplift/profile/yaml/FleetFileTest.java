package dev.uplift.profile.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FleetFileTest {
  private static final String FLEET =
      """
      hosts:
        web-1: {labels: {rack: "7"}}
        web-2: {}
      apps:
        shop:
          database: db/shop.db
          services: ["{slug}-api"]
          health: [{url: "http://127.0.0.1:{api_port}/health"}]
      tenants:
        acme: {app: shop, host: web-1, path: /srv/acme, ring: canary, labels: {plan: gold}, ports: {api: 8001}}
        zeta: {app: cbapp, host: web-2, path: /srv/zeta, ports: {api: 8001, frontend: 8002}}
      """;

  @Test
  void hostsAppsAndTenantsAreRead() {
    Fleet fleet = FleetFile.read(FLEET);

    assertThat(fleet.hosts())
        .containsExactly(
            new Host(HostName.of("web-1"), Map.of("rack", "7")),
            new Host(HostName.of("web-2"), Map.of()));
    assertThat(fleet.apps()).containsOnlyKeys(AppName.of("shop"));
    assertThat(fleet.tenants())
        .containsExactly(
            new Tenant(
                Slug.of("acme"),
                "shop",
                HostName.of("web-1"),
                "/srv/acme",
                "canary",
                Map.of("plan", "gold"),
                Map.of("api", 8001)),
            new Tenant(
                Slug.of("zeta"),
                "cbapp",
                HostName.of("web-2"),
                "/srv/zeta",
                "production",
                Map.of(),
                Map.of("api", 8001, "frontend", 8002)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "acme: { | acme_1: {   | fleet.yml:10:3: tenants.acme_1: a tenant id is",
        "acme: { | ../acme: {  | fleet.yml:10:3: tenants.../acme: a tenant id is",
        "acme: { | -acme: {    | fleet.yml:10:3: tenants.-acme: a tenant id is",
        "acme: { | 10: {       | fleet.yml:10:3: tenants: the key 10 is not a string: write it in quotes",
        "acme: { | zeta: {     | fleet.yml:11:3: tenants.zeta: the key is there twice, first in line 10",
        "ring: canary | ring: 1.10 | fleet.yml:10:57: tenants.acme.ring: must be a string, but is the number 1.10: write it in quotes",
        "ring: canary | ring: soon | fleet.yml:10:3: tenants.acme: ring: must be test, canary or production",
        "ring: canary | rimg: canary | fleet.yml:10:51: tenants.acme.rimg: unknown key; known here are app, host, labels, path, ports, ring",
        "/srv/acme | srv/acme       | fleet.yml:10:3: tenants.acme: path: must be absolute",
        "/srv/acme | /srv/../acme   | fleet.yml:10:3: tenants.acme: path: must be absolute and without '..'",
        "/srv/acme | /srv/*         | fleet.yml:10:3: tenants.acme: path: at most 255",
        "/srv/acme | \"/srv/a\\nb\" | fleet.yml:10:3: tenants.acme: path: at most 255",
        "host: web-1 | host: \"-x\" | fleet.yml:10:21: tenants.acme.host: a host name is",
        "plan: gold  | plan: NO     | fleet.yml:10:80: tenants.acme.labels.plan: 'NO'",
        "8001}}      | 80010}}      | fleet.yml:10:3: tenants.acme: port api of tenant acme",
        "web-2: {}   | web-2: {ip: x} | fleet.yml:3:11: hosts.web-2.ip: unknown key; known here are labels",
        "shop:       | Shop:        | fleet.yml:5:3: apps.Shop: the name of an app is",
        "tenants:    | tenant:      | fleet.yml:9:1: tenant: unknown key; known here are apps, hosts, tenants",
      })
  void whatIsWrongIsToldWithLineAndKey(String instead, String written, String message) {
    assertThat(FLEET).contains(instead);
    assertThatThrownBy(
            () ->
                FleetFile.read(
                    FLEET.replaceFirst(Pattern.quote(instead), Matcher.quoteReplacement(written))))
        .isInstanceOf(DocumentException.class)
        .hasMessageStartingWith(message);
  }
}
