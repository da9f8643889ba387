package dev.uplift.api.upgrade;

import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.api.live.LiveEvent;
import dev.uplift.api.live.LiveSource;
import dev.uplift.upgrade.StepReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The events of an upgrade, each read from its state: a step begins, a step ends, and at last the
 * upgrade does. Their ids follow from the places of the steps, so that they are the same after a
 * restart.
 */
final class UpgradeEvents {
  private static final String STEP = "step";
  private static final String ENDED = "ended";

  /** Beyond any step: one that is lost has no report that tells how many there were. */
  private static final long LAST_ID = 1_000_000;

  private UpgradeEvents() {}

  /** Those after an event. */
  static LiveSource.Page of(UpgradeState state, long after) {
    LedgerEntry entry = state.entry();
    List<StepReport> steps = steps(state);
    List<LiveEvent> events = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      StepReport step = steps.get(i);
      events.add(new LiveEvent(2L * i + 1, STEP, begun(step)));
      if (step.durationMillis() != null) {
        events.add(new LiveEvent(2L * i + 2, STEP, step));
      }
    }
    boolean over = !entry.isRunning();
    if (over) {
      events.add(new LiveEvent(LAST_ID, ENDED, entry));
    }
    return new LiveSource.Page(events.stream().filter(event -> event.id() > after).toList(), over);
  }

  private static List<StepReport> steps(UpgradeState state) {
    if (state.steps() != null) {
      return state.steps();
    }
    return state.entry().report() == null ? List.of() : state.entry().report().steps();
  }

  private static StepReport begun(StepReport step) {
    Instant startedAt = step.startedAt();
    return new StepReport(step.name(), step.direction(), "running", startedAt, null, null, null);
  }
}
