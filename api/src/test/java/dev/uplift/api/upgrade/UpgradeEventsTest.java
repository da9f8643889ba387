package dev.uplift.api.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.live.LiveEvent;
import dev.uplift.api.live.LiveSource;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.StepReport;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class UpgradeEventsTest {
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");
  private static final StepReport INSPECTED = step("InspectTenant", "done", 12L);
  private static final StepReport FETCHING = step("FetchRelease", "running", null);

  @Test
  void aStepIsToldWhenItBeginsAndWhenItEnds() {
    LiveSource.Page page = UpgradeEvents.of(running(INSPECTED, FETCHING), 0);

    assertThat(page.over()).isFalse();
    assertThat(page.events()).extracting(LiveEvent::id).containsExactly(1L, 2L, 3L);
    assertThat(page.events())
        .extracting(event -> ((StepReport) event.data()).status())
        .containsExactly("running", "done", "running");
  }

  @Test
  void whatWasSeenIsNotToldAgain() {
    assertThat(UpgradeEvents.of(running(INSPECTED, FETCHING), 2).events())
        .extracting(LiveEvent::id)
        .containsExactly(3L);
    assertThat(UpgradeEvents.of(running(INSPECTED, FETCHING), 3).events()).isEmpty();
  }

  @Test
  void ofARunThatIsSilentNothingIsToldAndNothingIsOver() {
    LiveSource.Page page = UpgradeEvents.of(UpgradeState.unseen(entry("running")), 3);

    assertThat(page.events()).isEmpty();
    assertThat(page.over()).isFalse();
  }

  @Test
  void theEndIsToldAlsoWithoutAReport() {
    LiveSource.Page page = UpgradeEvents.of(UpgradeState.over(entry("lost")), 3);

    assertThat(page.over()).isTrue();
    assertThat(page.events()).extracting(LiveEvent::kind).containsExactly("ended");
  }

  private static StepReport step(String name, String status, Long took) {
    return new StepReport(name, Direction.FORWARD, status, AT, took, null, null);
  }

  private static UpgradeState running(StepReport... steps) {
    return new UpgradeState(entry("running"), true, "preparation", List.of(steps));
  }

  private static LedgerEntry entry(String status) {
    return new LedgerEntry(
        1,
        UUID.fromString("5955746f-fd0b-4762-bffd-33c796da1449"),
        "acme",
        "one",
        "v0.3.0",
        null,
        status,
        "ops",
        null,
        AT,
        null,
        null,
        Operation.UPGRADE,
        null,
        null);
  }
}
