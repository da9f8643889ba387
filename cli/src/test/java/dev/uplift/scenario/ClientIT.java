package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.CommandOutput;
import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code uplift} says of one tenant, and what it ends with. */
@Tag("full")
@Timeout(180)
class ClientIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  @TempDir static Path directory;
  private static World world;

  @BeforeAll
  static void startWorld() throws Exception {
    world =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox -> sandbox.tenants(3).rows(10).timeout("health_window", "1s"));
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  void anUpgradeIsToldStepByStepAndItsLogsAfterwards() throws Exception {
    SandboxTenant tenant = world.sandbox().tenant("testsite");
    CommandOutput tenants = world.uplift("tenants");
    assertThat(tenants.exitCode()).as(tenants.text()).isZero();
    assertThat(tenants.text())
        .containsPattern("testsite +cbapp +test +\\S+ +" + tenant.path())
        .containsPattern("acme +cbapp +canary ");
    assertThat(world.uplift("version", "testsite").text())
        .matches(
            "testsite runs v0\\.2\\.0 \\([0-9a-f]{7}\\); the latest is v0\\.3\\.0 \\([0-9a-f]{7}\\):"
                + " it can be upgraded\n");

    CommandOutput told = world.uplift("upgrade", "testsite", "--no-backup");

    assertThat(told.exitCode()).as(told.text()).isZero();
    assertThat(told.text())
        .containsSubsequence(
            "  InspectTenant        v0.2.0 is deployed (",
            "  RehearseMigrations   Rehearsed 6 migrations in ",
            "  StopServices ",
            "  CheckHealth          Health check passed (")
        .containsPattern("\nUpgrade of testsite: success, it runs v0\\.3\\.0, \\d+ ms down\n$");
    JsonNode report = world.calls().newestReport("testsite");
    assertThat(report.path("backup_path").isNull()).as("%s", report).isTrue();
    assertThat(world.uplift("version", "testsite").text()).endsWith(")\n");
    CommandOutput logs = world.uplift("logs", "testsite");
    assertThat(logs.exitCode()).as(logs.text()).isZero();
    assertThat(logs.text())
        .startsWith("Upgrade " + report.path("upgrade_id").asText() + " to v0.3.0: success\n")
        .contains("== rehearsal/scripts/create_schema.py, ");
  }

  @Test
  void aFailureSaysWhyAndWhatToDo() throws Exception {
    SandboxTenant tenant = world.sandbox().tenant("acme");
    TenantFacts before = TenantFacts.of(tenant);

    CommandOutput told = world.uplift("upgrade", "acme", "--to", "v0.4.0-module-missing");

    assertThat(told.exitCode()).as(told.text()).isEqualTo(3);
    assertThat(told.text())
        .containsSubsequence(
            "  CheckHealth          FAILED: ",
            "  back: RestoreDatabase ",
            "Upgrade of acme: rolled_back, it runs v0.2.0, ",
            "uplift: the upgrade is no success: CheckHealth, missing_dependency: ",
            "No module named 'cb_geocoder'",
            "Add the module to the release's requirements",
            "Its logs: uplift logs acme --upgrade ");
    assertThat(TenantFacts.of(tenant)).isEqualTo(before);

    CommandOutput unknown = world.uplift("upgrade", "acme", "--to", "v9.9.9");
    assertThat(unknown.exitCode()).as(unknown.text()).isEqualTo(3);
    assertThat(unknown.text())
        .contains("uplift: the upgrade is no success: FetchRelease, tag_missing: ");
    // The SDK may log one of its own: that a report came while it answered, after which it asks
    // anew.
    assertThat(world.log("worker"))
        .contains("upgrade ended: rolled_back: CheckHealth: ", "FetchRelease: The upstream has no")
        .as("an outcome is no defect")
        .doesNotContain("\tat dev.uplift.", "MeterFilter");
    CommandOutput nobody = world.uplift("upgrade", "nobody");
    assertThat(nobody.exitCode()).as(nobody.text()).isEqualTo(1);
    assertThat(nobody.text()).startsWith("uplift: nobody is not upgraded: ");
    assertThat(world.uplift("logs", "globex", "--upgrade", UUID.randomUUID().toString()).exitCode())
        .isEqualTo(1);
  }

  @Test
  void whatWasStartedCanBeCancelled() throws Exception {
    SandboxTenant tenant = world.sandbox().tenant("globex");
    TenantFacts before = TenantFacts.of(tenant);
    CommandOutput started =
        world.uplift("upgrade", "globex", "--to", "v0.4.0-migration-hangs", "--detach", "--json");
    assertThat(started.exitCode()).as(started.text()).isZero();
    String upgrade = "/api/upgrades/" + JSON.readTree(started.text()).path("upgrade_id").asText();
    Eventually.within(
        PATIENCE,
        "it rehearses",
        () ->
            world
                .calls()
                .get(upgrade)
                .body()
                .path("steps")
                .findValuesAsText("name")
                .contains("RehearseMigrations"));

    CommandOutput told = world.uplift("cancel", "globex", "--reason", "it hangs");

    assertThat(told.exitCode()).as(told.text()).isZero();
    assertThat(told.text())
        .isEqualTo("It gives up if it still can. How it ends: " + upgrade + "\n");
    Eventually.within(
        PATIENCE,
        "it gives up",
        () -> world.calls().get(upgrade).body().path("status").asText().equals("rejected"));
    assertThat(world.calls().get(upgrade).body().at("/report/failure/kind").asText())
        .isEqualTo("cancelled");
    assertThat(TenantFacts.of(tenant)).isEqualTo(before);
    CommandOutput again = world.uplift("cancel", "globex");
    assertThat(again.exitCode()).as(again.text()).isEqualTo(1);
    assertThat(again.text()).isEqualTo("uplift: no upgrade of globex runs\n");
  }
}
