package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.FleetFile;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.CommandOutput;
import dev.uplift.scenario.World.EngineKind;
import dev.uplift.tenant.Tenant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tenants that are there already are taken over, looked at and given up, and none is touched. */
@Tag("full")
@Timeout(400)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OnboardingIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir static Path directory;
  private static World world;
  private static SandboxTenant testsite;
  private static SandboxTenant other;

  @BeforeAll
  static void startWorld() throws Exception {
    world =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox -> sandbox.tenants(2).rows(50).timeout("health_window", "1s"));
    testsite = world.sandbox().tenants().get(0);
    other = world.sandbox().tenants().get(1);
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  @Order(1)
  void whatIsThereIsFoundWithItsPortsAndAppliesAsItIs() throws Exception {
    TenantFacts before = TenantFacts.of(testsite);
    Path file = directory.resolve("found.yml");

    CommandOutput discovered =
        world.uplift(
            "discover",
            "--root",
            world.sandbox().checkouts().toString(),
            "--services",
            world.sandbox().definitions().toString(),
            "--host",
            world.sandbox().host().value(),
            "-o",
            file.toString());

    assertThat(discovered.exitCode()).as(discovered.text()).isZero();
    assertThat(discovered.text()).contains("2 tenants, 0 left out");
    Fleet found = FleetFile.read(Files.readString(file));
    assertThat(found.apps()).isEmpty();
    assertThat(found.tenants())
        .extracting(Tenant::id, Tenant::app, Tenant::path, Tenant::ports)
        .containsExactlyInAnyOrder(expected(testsite), expected(other));
    assertThat(TenantFacts.of(testsite)).isEqualTo(before);
    CommandOutput tried = world.uplift("apply", "--dry-run", file.toString());
    assertThat(tried.exitCode()).as(tried.text()).isZero();
    assertThat(tried.text()).doesNotContain("path", "ports.api", "ports.frontend", "would create");
    assertThat(
            world
                .uplift("discover", "--root", file.getParent().toString(), "-o", file.toString())
                .exitCode())
        .isEqualTo(1);
  }

  private static org.assertj.core.groups.Tuple expected(SandboxTenant tenant) {
    return org.assertj.core.groups.Tuple.tuple(
        tenant.id(),
        "cbapp",
        tenant.path().toString(),
        Map.of("api", tenant.apiPort(), "frontend", tenant.frontendPort()));
  }

  @Test
  @Order(2)
  void everyTenantIsCheckedAndNothingIsTouched() throws Exception {
    TenantFacts before = TenantFacts.of(testsite);
    List<Long> processes = TenantFacts.processIds(testsite, world.sandbox().services());

    CommandOutput[] last = new CommandOutput[1];
    // A worker that was just started may be late.
    Eventually.within(
        PATIENCE,
        "all could be upgraded",
        () -> {
          last[0] = world.uplift("check", "--all");
          return last[0].exitCode() == 0;
        });
    CommandOutput checked = last[0];

    assertThat(checked.text())
        .containsPattern("testsite +\\S+ +v0\\.2\\.0 +v0\\.3\\.0 +yes +2/2 run +\\S+ kB .* ready")
        .contains("2 of 2 could be upgraded");
    assertThat(TenantFacts.of(testsite)).isEqualTo(before);
    assertThat(TenantFacts.processIds(testsite, world.sandbox().services())).isEqualTo(processes);
  }

  @Test
  @Order(3)
  void aTenantThatCouldNotBeUpgradedIsToldWithItsReason() throws Exception {
    Path file = testsite.path().resolve("services/api.py");
    String content = Files.readString(file);
    Files.writeString(file, content + "# changed by hand\n");
    try {
      CommandOutput checked = world.uplift("check", "testsite", "--json");

      assertThat(checked.exitCode()).isEqualTo(1);
      JsonNode row = new ObjectMapper().readTree(checked.text()).get(0);
      assertThat(row.path("ready").asBoolean()).isFalse();
      assertThat(row.path("failure").path("kind").asText()).isEqualTo("dirty_checkout");
      assertThat(row.path("failure").path("evidence").asText()).contains("services/api.py");
      assertThat(row.path("deployed_version").asText()).isEqualTo("v0.2.0");
      assertThat(row.path("healthy").asBoolean()).isTrue();
      CommandOutput all = world.uplift("check", "--all");
      assertThat(all.exitCode()).isEqualTo(1);
      assertThat(all.text()).contains("1 of 2 could be upgraded", "dirty_checkout: ");
    } finally {
      Files.writeString(file, content);
    }
  }

  @Test
  @Order(4)
  void aReleaseThatCannotBeHadIsTold() throws Exception {
    CommandOutput missing = world.uplift("check", "testsite", "--to", "v9.9.9");
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.text()).contains("tag_missing: The upstream has no release v9.9.9.");

    CommandOutput older = world.uplift("check", "testsite", "--to", "v0.1.0");
    assertThat(older.exitCode()).isEqualTo(1);
    assertThat(older.text()).contains("downgrade: ");

    CommandOutput same = world.uplift("check", "testsite", "--to", "v0.2.0");
    assertThat(same.exitCode()).as(same.text()).isZero();
    assertThat(same.text()).contains("up to date");

    assertThat(world.uplift("check", "nobody").text()).contains("no tenant 'nobody'");
  }

  @Test
  @Order(5)
  void aHostThatIsAwayIsARowOfItsOwn() throws Exception {
    String lost =
        """
        hosts: {gone: {}}
        tenants:
          lost: {app: cbapp, host: gone, path: /srv/lost, ports: {api: 1, frontend: 2}}
        """;
    assertThat(world.calls().postYaml("/api/fleet", lost).status()).isEqualTo(200);

    CommandOutput checked = world.uplift("check", "--all");

    assertThat(checked.exitCode()).isEqualTo(1);
    assertThat(checked.text())
        .containsPattern("lost +gone .* no answer +Host does not answer: .*[Hh]ost gone")
        .contains("2 of 3 could be upgraded");
  }

  @Test
  @Order(6)
  void anExportChangesNothingAndIsNotOverwritten() throws Exception {
    Path file = directory.resolve("export.yml");
    CommandOutput exported = world.uplift("export", "-o", file.toString());
    assertThat(exported.exitCode()).as(exported.text()).isZero();

    CommandOutput applied = world.uplift("apply", "--prune", file.toString());

    assertThat(applied.exitCode()).as(applied.text()).isZero();
    assertThat(applied.text()).isEqualTo("6 unchanged\n");
    assertThat(world.uplift("export", "-o", file.toString()).text()).contains("--force");
    assertThat(world.uplift("export", "-o", file.toString(), "--force").exitCode()).isZero();
    assertThat(world.uplift("export").text()).isEqualTo(Files.readString(file));
  }

  @Test
  @Order(7)
  void whatIsNotNamedGoesOnlyWhenItIsConfirmedAndIdle() throws Exception {
    Path file = directory.resolve("small.yml");
    String all = world.uplift("export").text();
    Files.writeString(
        file, all.replaceFirst("(?s)\n  testsite:.*?(?=\n  [^ ]|$)", "").stripTrailing() + "\n");
    assertThat(Files.readString(file)).doesNotContain("testsite:");

    CommandOutput unasked = world.uplift("apply", "--prune", file.toString());
    assertThat(unasked.exitCode()).isEqualTo(1);
    assertThat(unasked.text()).contains("would delete tenants/testsite", "--yes");

    String upgrade =
        world.calls().startUpgrade("testsite", "{\"target_version\":\"v0.4.0-migration-hangs\"}");
    CommandOutput busy = world.uplift("apply", "--prune", "--yes", file.toString());
    assertThat(busy.exitCode()).isEqualTo(1);
    assertThat(busy.text()).contains("Nothing was applied", "testsite is being upgraded");
    assertThat(world.calls().get("/api/tenants/testsite").status()).isEqualTo(200);

    Calls.Answer cancelled = world.calls().post(upgrade + "/cancel", "{}");
    assertThat(cancelled.status()).as("%s", cancelled).isEqualTo(202);
    Eventually.within(
        PATIENCE,
        "the upgrade ends",
        () -> !world.calls().get(upgrade).body().path("status").asText().equals("running"));
    CommandOutput idle = world.uplift("apply", "--prune", "--yes", file.toString());
    assertThat(idle.exitCode()).as(idle.text()).isZero();
    assertThat(idle.text()).contains("deleted tenants/testsite");
    assertThat(world.calls().get("/api/tenants/testsite").status()).isEqualTo(404);
    assertThat(TenantFacts.isHealthy(testsite)).isTrue();
  }
}
