package dev.uplift.cli.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RolloutViewTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @Test
  void whatGoesOnHasABarForEachWaveAndALineForEachTenantUnderWay() throws Exception {
    JsonNode rollout =
        JSON.readTree(
            """
            {"id": "1c3c", "target_version": "v0.3.0", "status": "running",
             "waves": [
               {"name": "test", "tenants": 1, "reached": 1, "troubled": 0},
               {"name": "the others", "tenants": 10, "reached": 3, "troubled": 1}],
             "under_way": [
               {"tenant": "acme", "step": "RunMigrations", "direction": "forward",
                "started_at": "2026-01-02T03:03:55Z"},
               {"tenant": "globex", "step": "RestoreCode", "direction": "back",
                "started_at": "2026-01-02T03:04:04Z"}]}
            """);

    assertThat(RolloutView.live(rollout, NOW))
        .containsExactly(
            "Rollout 1c3c to v0.3.0: running",
            "  test       [##############################] 1 of 1",
            "  the others [#########!!!..................] 3 of 10, 1 not",
            "  acme    RunMigrations, 10 s",
            "  globex  back: RestoreCode, 1 s");
  }

  @Test
  void whatIsHaltedSaysByWhichRule() throws Exception {
    JsonNode rollout =
        JSON.readTree(
            """
            {"id": "1c3c", "target_version": "v0.3.0", "status": "halted",
             "progress": {"halt": {"rule": "max_failures", "message": "1 of 3 tenants failed."}},
             "tenants": [
               {"tenant": "acme", "outcome": "success", "downtime_ms": 812},
               {"tenant": "globex", "outcome": "rolled_back", "downtime_ms": 2012,
                "message": "RunMigrations: it\\nfailed"},
               {"tenant": "hooli"}]}
            """);

    assertThat(RolloutView.of(rollout, NOW))
        .containsExactly(
            "Rollout 1c3c to v0.3.0: halted",
            "  halted, max_failures: 1 of 3 tenants failed.",
            "  Go on: uplift rollout resume 1c3c; or end it: uplift rollout abort 1c3c",
            "  globex: rolled_back (2012 ms down), RunMigrations: it failed");
  }

  @Test
  void aDryRunTellsOfEachTenantWhatWouldBecomeOfIt() throws Exception {
    JsonNode rollout =
        JSON.readTree(
            """
            {"id": "1c3c", "target_version": "v0.3.0", "status": "partial",
             "waves": [{"name": "test", "tenants": 2, "rehearsed": 2, "reached": 0, "troubled": 0}],
             "tenants": [
               {"tenant": "acme", "rehearsal": {"outcome": "would_upgrade",
                "deployed_version": "v0.2.0", "disk_bytes": 67452928, "migrations_ms": 250,
                "predicted_downtime_ms": 812}},
               {"tenant": "globex", "rehearsal": {"outcome": "rejected",
                "message": "RehearseMigrations: it failed"}}]}
            """);

    assertThat(RolloutView.of(rollout, NOW))
        .containsExactly(
            "Rollout 1c3c to v0.3.0: partial",
            "  test [##############################] 2 of 2 rehearsed",
            "  acme: would_upgrade, runs v0.2.0, needs 67.5 MB, migrations took 250 ms, was down 812"
                + " ms last time",
            "  globex: rejected, RehearseMigrations: it failed");
  }
}
