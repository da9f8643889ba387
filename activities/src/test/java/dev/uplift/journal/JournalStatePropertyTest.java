package dev.uplift.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.journal.JournalState.Phase;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;

/** Whoever writes whatever into a journal, what it takes makes sense, and it takes no more. */
class JournalStatePropertyTest {
  private static final StepInput INPUT = new StepInput(null, null, null, Direction.FORWARD);

  @Property(tries = 3_000, seed = "20261128", edgeCases = EdgeCasesMode.NONE)
  void whateverIsWrittenAnUpgradeEndsOnceAndTheOtherWayIsClosed(
      @ForAll("entries") List<JournalEntry> entries) {
    JournalState state = JournalState.of(List.of(JournalEntry.opened(INPUT)));
    List<JournalEntry> taken = new ArrayList<>(List.of(JournalEntry.opened(INPUT)));
    for (JournalEntry entry : entries) {
      Phase before = state.phase();
      try {
        state.apply(entry);
      } catch (IllegalStateException refused) {
        assertThat(state.phase()).isEqualTo(before);
        continue;
      }
      taken.add(entry);
      assertThat(before.isOver()).isFalse();
      if (before == Phase.HELD) {
        assertThat(entry.event()).isIn(Event.NOTE, Event.RESUMED, Event.RELEASED);
      }
    }

    List<Event> events = taken.stream().map(JournalEntry::event).toList();
    int back = events.indexOf(Event.BACK);
    assertThat(events).filteredOn(Event.OPENED::equals).hasSize(1);
    assertThat(events)
        .filteredOn(
            event -> event == Event.COMMITTED || event == Event.RESTORED || event == Event.RELEASED)
        .hasSizeLessThanOrEqualTo(1);
    assertThat(events)
        .filteredOn(Event.HELD::equals)
        .hasSizeLessThanOrEqualTo(1 + (int) events.stream().filter(Event.RESUMED::equals).count());
    assertThat(back < 0 || !events.contains(Event.COMMITTED)).isTrue();
    for (int i = 0; i < taken.size(); i++) {
      if (taken.get(i).direction() == Direction.FORWARD) {
        assertThat(back < 0 || i < back).as("forward after back: %s", events).isTrue();
      } else if (taken.get(i).direction() == Direction.BACK) {
        assertThat(back >= 0 && i > back).as("back before it was decided: %s", events).isTrue();
      }
    }
    for (JournalEntry entry : taken) {
      if (entry.event() == Event.DONE) {
        assertThat(state.hasBegun(entry.step(), entry.direction())).isTrue();
      }
    }
    Statistics.collect(state.phase());
    Statistics.coverage(
        seen -> {
          for (Phase phase : Phase.values()) {
            seen.check(phase).percentage(percent -> percent > 2);
          }
        });
  }

  @Property(tries = 1_000, seed = "20261128", edgeCases = EdgeCasesMode.NONE)
  void aJournalThatIsReadAgainSaysWhatItSaid(@ForAll("entries") List<JournalEntry> entries) {
    JournalState told = JournalState.of(List.of(JournalEntry.opened(INPUT)));
    List<JournalEntry> onDisk = new ArrayList<>(List.of(JournalEntry.opened(INPUT)));
    for (JournalEntry entry : entries) {
      try {
        told.apply(entry);
        onDisk.add(entry);
      } catch (IllegalStateException refused) {
        // A refused line never reaches the disk.
      }
    }
    JournalState read = JournalState.of(onDisk);

    assertThat(read).usingRecursiveComparison().isEqualTo(told);
  }

  @Provide
  Arbitrary<List<JournalEntry>> entries() {
    Arbitrary<Step> steps = Arbitraries.of(Step.class).filter(step -> !step.isPreparation());
    Arbitrary<Direction> directions = Arbitraries.of(Direction.class);
    Arbitrary<JournalEntry> ofStep =
        Combinators.combine(steps, directions, Arbitraries.of(true, false))
            .as(
                (step, direction, done) ->
                    done
                        ? JournalEntry.done(Event.DONE, step, direction, StepResult.of("done"))
                        : JournalEntry.intent(step, direction, 1));
    Arbitrary<JournalEntry> others =
        Arbitraries.of(
            JournalEntry.note("key", "value"),
            JournalEntry.back("workflow"),
            JournalEntry.done(
                Event.COMMITTED, Step.CHECK_HEALTH, Direction.FORWARD, StepResult.of("healthy")),
            JournalEntry.restored(),
            JournalEntry.held(
                Step.RESTORE_CODE,
                new Failure("RestoreCode", FailureKind.STEP_FAILED, "failed", null, null),
                List.of("look")),
            JournalEntry.resumed(new UUID(0, 1), "ops"),
            JournalEntry.released("ops"),
            JournalEntry.opened(INPUT));
    return Arbitraries.frequencyOf(Tuple.of(2, ofStep), Tuple.of(1, others)).list().ofMaxSize(40);
  }
}
