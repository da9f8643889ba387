package dev.uplift.discover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.discover.Found.LeftOut;
import dev.uplift.profile.DependencySpec;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.profile.yaml.DocumentException;
import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.FleetFile;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FleetProposalTest {
  private static final HostName HOST = HostName.of("web-1");
  private static final Layout PYTHON =
      new Layout(
          List.of("requirements.txt"),
          List.of("venv"),
          List.of(),
          List.of("scripts/create_schema.py"),
          true);

  @Test
  void tenantsOfTheAppThatComesWithUpliftCanBeAppliedAsTheyAre() {
    FleetProposal proposal = propose(cbapp("acme", 8001, List.of()), cbapp("010", 8011, List.of()));

    assertThat(FleetFile.read(proposal.yaml()))
        .isEqualTo(
            new Fleet(
                List.of(new dev.uplift.profile.yaml.Host(HOST, Map.of())),
                Map.of(),
                List.of(registered("acme", 8001), registered("010", 8011))));
    assertThat(proposal.leftOut()).isEmpty();
  }

  @Test
  void whatAPersonShouldLookAtStandsAboveTheTenant() {
    String yaml = propose(cbapp("acme", 8001, List.of("odd\nhosts: {}"))).yaml();

    assertThat(yaml).contains("\n  # odd hosts: {}\n  acme: {app: cbapp");
    assertThat(FleetFile.read(yaml).tenants()).hasSize(1);
  }

  @Test
  void whatWasLeftOutStandsAtTheEnd() {
    Found found =
        new Found(
            List.of(cbapp("acme", 8001, List.of())),
            List.of(new LeftOut(Path.of("/srv/old"), "no service uses it")));

    assertThat(FleetProposal.of(found, HOST, null).yaml())
        .endsWith("\n# Left out:\n# - /srv/old: no service uses it\n");
  }

  @Test
  void aTenantWithoutAPortThatItsHealthNeedsIsLeftOut() {
    FleetProposal proposal =
        propose(
            cbapp("acme", 8001, List.of()),
            tenant("stopped", "db/pocket.db", List.of("api", "frontend"), Map.of("api", 8021)));

    assertThat(proposal.tenants()).extracting(FoundTenant::slug).containsExactly(Slug.of("acme"));
    assertThat(proposal.leftOut())
        .singleElement()
        .satisfies(
            left -> assertThat(left.reason()).contains("{frontend_port}", "start its services"));
    assertThat(FleetFile.read(proposal.yaml()).tenants()).hasSize(1);
  }

  @Test
  void anUnknownAppIsProposedAndCannotBeAppliedBeforeItsMigrationsAreGiven() {
    FleetProposal proposal = propose(shop("acme", 8001), shop("zeta", 8002));

    assertThatThrownBy(() -> FleetFile.read(proposal.yaml()))
        .isInstanceOf(DocumentException.class)
        .hasMessageContaining("apps.shop-web.migrations: has no value");
    Fleet completed = FleetFile.read(proposal.yaml().replace("migrations:\n", "migrations: {}\n"));
    assertThat(completed.apps()).containsOnlyKeys(AppName.of("shop-web"));
    assertThat(completed.apps().get(AppName.of("shop-web")))
        .satisfies(
            profile -> {
              assertThat(profile.upstream().url()).isEqualTo("https://git.example/Shop_Web.git");
              assertThat(profile.database()).isEqualTo("data/shop.db");
              assertThat(profile.services()).containsExactly("{slug}");
              assertThat(profile.dependencies())
                  .containsExactly(new DependencySpec.Python("requirements.txt", "venv"));
              assertThat(profile.health())
                  .extracting(check -> check.url())
                  .containsExactly("http://127.0.0.1:{http_port}/");
              assertThat(profile.rehearsal().copy()).containsExactly(".env");
            });
    assertThat(completed.tenants()).extracting(Tenant::app).containsOnly("shop-web");
    assertThat(proposal.yaml()).contains("# ", "scripts/create_schema.py", "token_file");
  }

  @Test
  void tenantsOfOneUpstreamThatDifferHaveProfilesOfTheirOwn() {
    FoundTenant other = tenant("zeta", "data/other.db", List.of(""), Map.of("http", 8002));
    String yaml =
        propose(shop("acme", 8001), other).yaml().replace("migrations:\n", "migrations: {}\n");

    assertThat(FleetFile.read(yaml).apps())
        .containsOnlyKeys(AppName.of("shop-web"), AppName.of("shop-web-2"));
  }

  @Test
  void theNameOfTheAppMayBeGiven() {
    Found found = new Found(List.of(cbapp("acme", 8001, List.of())), List.of());

    assertThat(FleetProposal.of(found, HOST, AppName.of("crm")).yaml())
        .contains("apps:\n", "  crm:\n", "{app: crm, host: web-1");
  }

  @Test
  void nodeProjectsAreSetsOfTheirOwn() {
    Layout node = new Layout(List.of(), List.of(), List.of("", "frontend"), List.of(), false);
    FoundTenant acme =
        new FoundTenant(
            Slug.of("acme"),
            Path.of("/srv/acme"),
            "acme",
            "v1",
            "git@git.example:shop.git",
            List.of(),
            List.of(""),
            "a.db",
            Map.of("http", 8001),
            node,
            List.of());

    String yaml = propose(acme).yaml();

    assertThat(FleetFile.read(yaml.replace("migrations:\n", "migrations: {}\n")).apps())
        .hasEntrySatisfying(
            AppName.of("shop"),
            profile ->
                assertThat(profile.dependencies())
                    .containsExactly(
                        new DependencySpec.Command(
                            List.of("npm", "ci"), List.of("node_modules"), List.of()),
                        new DependencySpec.Command(
                            List.of("npm", "ci", "--prefix", "frontend"),
                            List.of("frontend/node_modules"),
                            List.of())));
    assertThat(yaml).contains("ssh_key", "known_hosts");
  }

  @Test
  void tenantsOfSeveralUsersAreSaidToNeedSeveralWorkers() {
    FoundTenant ofBob =
        new FoundTenant(
            Slug.of("zeta"),
            Path.of("/srv/zeta"),
            "bob",
            "v1",
            null,
            List.of(),
            List.of("api", "frontend"),
            "db/pocket.db",
            Map.of("api", 1, "frontend", 2),
            PYTHON,
            List.of());

    assertThat(propose(cbapp("acme", 8001, List.of()), ofBob).yaml())
        .contains("{acme=1, bob=1}", "host name of its own");
  }

  private static FleetProposal propose(FoundTenant... tenants) {
    return FleetProposal.of(new Found(List.of(tenants), List.of()), HOST, null);
  }

  private static Tenant registered(String slug, int port) {
    return new Tenant(
        Slug.of(slug),
        "cbapp",
        HOST,
        "/srv/" + slug,
        "production",
        Map.of(),
        Map.of("api", port, "frontend", port + 1));
  }

  private static FoundTenant cbapp(String slug, int port, List<String> notes) {
    FoundTenant found =
        tenant(
            slug,
            "db/pocket.db",
            List.of("api", "frontend"),
            new LinkedHashMap<>(Map.of("api", port, "frontend", port + 1)));
    return new FoundTenant(
        found.slug(),
        found.path(),
        found.owner(),
        found.version(),
        found.origin(),
        found.units(),
        found.suffixes(),
        found.database(),
        found.ports(),
        found.layout(),
        notes);
  }

  private static FoundTenant shop(String slug, int port) {
    return tenant(slug, "data/shop.db", List.of(""), Map.of("http", port));
  }

  private static FoundTenant tenant(
      String slug, String database, List<String> suffixes, Map<String, Integer> ports) {
    return new FoundTenant(
        Slug.of(slug),
        Path.of("/srv/" + slug),
        "acme",
        "v0.2.0",
        "https://git.example/Shop_Web.git",
        List.of(),
        suffixes,
        database,
        ports,
        PYTHON,
        List.of());
  }
}
