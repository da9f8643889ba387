package dev.uplift.api.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.UpgradeReport;
import dev.uplift.upgrade.UpgradeStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MessageTest {
  @Test
  void aLongReasonIsNotCutWithinACharacter() {
    String smileys = "x" + "\ud83d\ude00".repeat(2_000);

    String kept =
        Message.Reason.of(new Failure("AnyStep", FailureKind.UNHEALTHY, smileys, "", "")).message();

    assertThat(kept).endsWith("\ud83d\ude00…").hasSize(2_000);
    assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(kept)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "UPGRADE,  ROLLED_BACK,     rolled_back",
    "ROLLBACK, ROLLED_BACK,     rolled_back",
    "ROLLBACK, SUCCESS,         success",
    "RESUME,   ROLLED_BACK,     success",
    "RESUME,   NEEDS_ATTENTION, needs_attention"
  })
  void onlyOfAResumptionIsRolledBackASuccess(
      Operation operation, UpgradeStatus status, String event) {
    UUID undone = UUID.randomUUID();
    LedgerEntry entry = entry(operation, status, undone);

    Message message =
        Message.of(UUID.randomUUID(), Event.of(entry).orElseThrow(), Instant.EPOCH, entry, null);

    assertThat(message.event()).isEqualTo(event);
    assertThat(message.status()).isEqualTo(status.code());
    JsonNode json = JsonMapper.shared().valueToTree(message);
    assertThat(json.get("operation").asString()).isEqualTo(operation.code());
    assertThat(json.get("of_upgrade").asString()).isEqualTo(undone.toString());
  }

  private static LedgerEntry entry(Operation operation, UpgradeStatus status, UUID ofUpgrade) {
    UUID id = UUID.randomUUID();
    UpgradeReport report =
        new UpgradeReport(
            status,
            "v1",
            "v1",
            "1234567",
            List.of(),
            null,
            List.of(),
            id,
            "acme",
            true,
            "v2",
            List.of(),
            null,
            null,
            null,
            List.of(),
            null,
            null,
            null,
            List.of(),
            null,
            "ada",
            null,
            Instant.EPOCH,
            Instant.EPOCH,
            operation,
            ofUpgrade);
    return new LedgerEntry(
        1,
        id,
        "acme",
        "web-1",
        "v2",
        null,
        status.code(),
        "ada",
        null,
        Instant.EPOCH,
        Instant.EPOCH,
        report,
        operation,
        ofUpgrade,
        null);
  }
}
