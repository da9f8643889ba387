package dev.uplift.api.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.FleetFile;
import dev.uplift.profile.yaml.Host;
import dev.uplift.profile.yaml.ProfileReader;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RegistryRulesTest {
  private static final String WORLD =
      """
      hosts: {web-1: {}, web-2: {}}
      apps:
        shop: {database: a.db, services: ["{slug}-api"], health: [{url: "http://127.0.0.1:{api_port}/"}]}
        odd: {database: a.db, services: ["{slug}-one-api"], health: [{url: "http://127.0.0.1:{api_port}/"}]}
      tenants:
        acme: {app: shop, host: web-1, path: /srv/acme, ports: {api: 8001}}
      """;

  @Test
  void tenantsOfDifferentHostsMayShareEverything() {
    assertThat(problems("zeta: {app: shop, host: web-2, path: /srv/acme, ports: {api: 8001}}"))
        .isEmpty();
  }

  @Test
  void onePathHoweverItIsWrittenIsOneTenants() {
    for (String path : List.of("/srv/acme", "/srv/acme/", "/srv/./acme", "//srv//acme/.")) {
      assertThat(
              problems(
                  "zeta: {app: shop, host: web-1, path: \"" + path + "\", ports: {api: 8002}}"))
          .containsExactly(
              "tenants.zeta.path: tenant acme has /srv/acme on that host, too: each tenant needs a"
                  + " checkout of its own");
    }
  }

  @Test
  void onePortIsOneTenants() {
    assertThat(problems("zeta: {app: shop, host: web-1, path: /srv/zeta, ports: {api: 8001}}"))
        .containsExactly(
            "tenants.zeta.ports.api: tenant acme has 8001 on that host, too: each needs a port of"
                + " its own");
    assertThat(
            problems("zeta: {app: shop, host: web-1, path: /srv/zeta, ports: {api: 1, other: 1}}"))
        .hasSize(1)
        .allSatisfy(problem -> assertThat(problem).contains("the tenant itself has 1"));
  }

  @Test
  void oneUnitIsOneTenantsThoughBothProfilesAreRight() {
    assertThat(
            problems(
                "one: {app: odd, host: web-1, path: /srv/one, ports: {api: 8002}}\n"
                    + "  one-one: {app: shop, host: web-1, path: /srv/two, ports: {api: 8003}}"))
        .containsExactly(
            "tenants.one-one: its unit one-one-api on host web-1 is that of tenant one, too");
  }

  @Test
  void whatATenantRefersToMustBeThere() {
    assertThat(problems("zeta: {app: nil, host: web-9, path: /srv/zeta}"))
        .containsExactly(
            "tenants.zeta.host: there is no host web-9", "tenants.zeta.app: there is no app nil");
    assertThat(problems("zeta: {app: shop, host: web-1, path: /srv/zeta}"))
        .singleElement()
        .asString()
        .contains("tenants.zeta.ports", "{api_port}");
  }

  private static List<String> problems(String tenant) {
    Fleet fleet = FleetFile.read(WORLD + "  " + tenant + "\n");
    return RegistryRules.problems(
        fleet.hosts().stream().map(Host::name).collect(Collectors.toSet()),
        name -> Optional.ofNullable(fleet.apps().get(name)).or(() -> ProfileReader.builtIn(name)),
        fleet.tenants());
  }
}
