package dev.uplift.cli.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpgradeEndTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @ParameterizedTest
  @CsvSource({"success, 0", "rejected, 3", "rolled_back, 3", "needs_attention, 4", "lost, 1"})
  void theExitCodeSaysHowItEnded(String status, int code) {
    assertThat(UpgradeEnd.exitCode(status)).isEqualTo(code);
  }

  @Test
  void aFailureSaysWhyAndWhatToDo() throws Exception {
    JsonNode ended =
        JSON.readTree(
            """
            {"upgrade_id": "28ee", "tenant": "acme", "status": "rolled_back",
             "report": {"failure": {"step": "RunMigrations", "kind": "migration_failed",
               "message": "scripts/a.py\\nfailed", "advice": "Mend scripts/a.py."}}}
            """);

    assertThat(UpgradeEnd.failure("upgrade", ended))
        .containsExactly(
            "uplift: the upgrade is no success: RunMigrations, migration_failed: scripts/a.py failed",
            "Mend scripts/a.py.",
            "Its logs: uplift logs acme --upgrade 28ee");
  }

  @Test
  void ofAHeldTenantTheRunbookIsTold() throws Exception {
    JsonNode ended =
        JSON.readTree(
            """
            {"upgrade_id": "28ee", "tenant": "acme", "status": "needs_attention",
             "report": {
               "failure": {"step": "CheckHealth", "kind": "unhealthy", "message": "it died"},
               "held_for": {"step": "RestoreDatabase", "kind": "backup_altered",
                 "message": "the backup is another one"},
               "runbook": ["# Stop what runs", "systemctl stop acme-api"]}}
            """);

    assertThat(UpgradeEnd.failure("upgrade", ended))
        .containsExactly(
            "uplift: the upgrade is no success: CheckHealth, unhealthy: it died",
            "acme is held: RestoreDatabase, backup_altered: the backup is another one",
            "  # Stop what runs",
            "  systemctl stop acme-api",
            "Its logs: uplift logs acme --upgrade 28ee");
  }

  @Test
  void oneWithoutAReportIsToldByItsStatus() throws Exception {
    JsonNode ended =
        JSON.readTree("{\"upgrade_id\": \"28ee\", \"tenant\": \"acme\", \"status\": \"lost\"}");

    assertThat(UpgradeEnd.failure("rollback", ended))
        .containsExactly(
            "uplift: the rollback is no success: its run was ended in the Temporal server, without a"
                + " report. The host puts the tenant back by itself, if it was in cutover; see:"
                + " uplift check acme",
            "Its logs: uplift logs acme --upgrade 28ee");
  }
}
