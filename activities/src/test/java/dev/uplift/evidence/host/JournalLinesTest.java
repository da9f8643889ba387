package dev.uplift.evidence.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JournalLinesTest {
  private static final String OPENED = "{\"at\":\"2026-01-02T03:04:05Z\",\"event\":\"OPENED\"}";
  private static final String STOP =
      "{\"at\":\"2026-01-02T03:04:06Z\",\"event\":\"INTENT\",\"step\":\"STOP_SERVICES\"}";
  private static final String BACK = "{\"at\":\"2026-01-02T03:05:00Z\",\"event\":\"BACK\"}";

  @Test
  void aLineIsToldAsItIsWithoutSecrets() {
    JournalLines told =
        JournalLines.told(
            List.of(
                "{\"event\":\"DONE\",\"n\":1,\"result\":{\"output\":\"DB_PASSWORD=5ecret\","
                    + "\"warnings\":[\"at https://me:5ecret@example.org/\"]},"
                    + "\"labels\":{\"api_key\":\"5ecret\",\"token_file\":\"/etc/token\"}}"));

    assertThat(told.lines())
        .containsExactly(
            Map.of(
                "event",
                "DONE",
                "n",
                1,
                "result",
                Map.of(
                    "output",
                    "DB_PASSWORD=***",
                    "warnings",
                    List.of("at https://***@example.org/")),
                "labels",
                Map.of("api_key", "***", "token_file", "/etc/token")));
    assertThat(told.cut()).isZero();
  }

  @Test
  void aLineThatIsNoJsonIsToldAll() {
    assertThat(JournalLines.told(List.of("{\"event\":", "[1]")).lines())
        .containsExactly(Map.of("unreadable", "{\"event\":"), Map.of("unreadable", "[1]"));
  }

  @Test
  void ofALongJournalTheFirstLineAndTheLastOnesAreTold() {
    List<String> raw = new ArrayList<>(List.of(OPENED));
    for (int i = 0; i < 1_000; i++) {
      raw.add("{\"event\":\"NOTE\",\"value\":\"%d %s\"}".formatted(i, "x".repeat(970)));
    }
    JournalLines told = JournalLines.told(raw);

    assertThat(told.lines().get(0)).containsEntry("event", "OPENED");
    assertThat(told.lines().get(told.lines().size() - 1).get("value").toString())
        .startsWith("999 ");
    assertThat(told.lines()).hasSizeBetween(120, 132);
    assertThat(told.cut() + told.lines().size()).isEqualTo(1_001);
  }

  @Test
  void logsAreReadFromWhenTheServicesWereStoppedOrTheUpgradeTurnedBack() {
    assertThat(JournalLines.stop(List.of(OPENED))).isEmpty();
    assertThat(JournalLines.stop(List.of(OPENED, STOP, BACK)))
        .contains(Instant.parse("2026-01-02T03:04:06Z"));
    assertThat(JournalLines.latestTurn(List.of(OPENED, STOP)))
        .contains(Instant.parse("2026-01-02T03:04:06Z"));
    assertThat(JournalLines.latestTurn(List.of(OPENED, STOP, BACK)))
        .contains(Instant.parse("2026-01-02T03:05:00Z"));
  }
}
