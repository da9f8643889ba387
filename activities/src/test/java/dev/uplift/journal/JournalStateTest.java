package dev.uplift.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.journal.JournalState.Phase;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class JournalStateTest {
  private static final StepInput INPUT = new StepInput(null, null, null, Direction.FORWARD);
  private static final JournalEntry OPENED = JournalEntry.opened(INPUT);
  private static final JournalEntry INTENT =
      JournalEntry.of(Event.INTENT, Step.STOP_SERVICES, Direction.FORWARD);
  private static final JournalEntry INTENT_BACK =
      JournalEntry.of(Event.INTENT, Step.STOP_SERVICES, Direction.BACK);
  private static final JournalEntry BACK = JournalEntry.back("workflow");
  private static final JournalEntry COMMITTED =
      JournalEntry.done(
          Event.COMMITTED, Step.CHECK_HEALTH, Direction.FORWARD, StepResult.of("healthy"));
  private static final JournalEntry RESTORED = JournalEntry.of(Event.RESTORED, null, null);
  private static final JournalEntry HELD =
      JournalEntry.held(
          Step.RESTORE_DATABASE,
          new Failure("RestoreDatabase", FailureKind.BACKUP_ALTERED, "altered", null, null),
          List.of("look"));

  private static final Map<Phase, List<JournalEntry>> WAY_TO = new EnumMap<>(Phase.class);

  static {
    WAY_TO.put(Phase.FORWARD, List.of(OPENED));
    WAY_TO.put(Phase.COMMITTED, List.of(OPENED, COMMITTED));
    WAY_TO.put(Phase.BACK, List.of(OPENED, BACK));
    WAY_TO.put(Phase.RESTORED, List.of(OPENED, BACK, RESTORED));
    WAY_TO.put(Phase.HELD, List.of(OPENED, BACK, HELD));
  }

  /**
   * Every phase with every event that changes phases or begins a step: where it leads, or null if
   * it is refused.
   */
  static Stream<Arguments> transitions() {
    Phase none = null;
    return Stream.of(
        Arguments.of(Phase.FORWARD, INTENT, Phase.FORWARD),
        Arguments.of(Phase.FORWARD, INTENT_BACK, none),
        Arguments.of(Phase.FORWARD, BACK, Phase.BACK),
        Arguments.of(Phase.FORWARD, COMMITTED, Phase.COMMITTED),
        Arguments.of(Phase.FORWARD, RESTORED, none),
        Arguments.of(Phase.FORWARD, HELD, none),
        Arguments.of(Phase.FORWARD, OPENED, none),
        Arguments.of(Phase.BACK, INTENT, none),
        Arguments.of(Phase.BACK, INTENT_BACK, Phase.BACK),
        Arguments.of(Phase.BACK, BACK, none),
        Arguments.of(Phase.BACK, COMMITTED, none),
        Arguments.of(Phase.BACK, RESTORED, Phase.RESTORED),
        Arguments.of(Phase.BACK, HELD, Phase.HELD),
        Arguments.of(Phase.BACK, OPENED, none),
        Arguments.of(Phase.COMMITTED, INTENT, none),
        Arguments.of(Phase.COMMITTED, INTENT_BACK, none),
        Arguments.of(Phase.COMMITTED, BACK, none),
        Arguments.of(Phase.COMMITTED, COMMITTED, none),
        Arguments.of(Phase.COMMITTED, RESTORED, none),
        Arguments.of(Phase.COMMITTED, HELD, none),
        Arguments.of(Phase.COMMITTED, OPENED, none),
        Arguments.of(Phase.RESTORED, INTENT, none),
        Arguments.of(Phase.RESTORED, INTENT_BACK, none),
        Arguments.of(Phase.RESTORED, BACK, none),
        Arguments.of(Phase.RESTORED, COMMITTED, none),
        Arguments.of(Phase.RESTORED, RESTORED, none),
        Arguments.of(Phase.RESTORED, HELD, none),
        Arguments.of(Phase.RESTORED, OPENED, none),
        Arguments.of(Phase.HELD, INTENT, none),
        Arguments.of(Phase.HELD, INTENT_BACK, none),
        Arguments.of(Phase.HELD, BACK, none),
        Arguments.of(Phase.HELD, COMMITTED, none),
        Arguments.of(Phase.HELD, RESTORED, none),
        Arguments.of(Phase.HELD, HELD, none),
        Arguments.of(Phase.HELD, OPENED, none));
  }

  @ParameterizedTest
  @MethodSource("transitions")
  void everyTransitionIsEitherOfThePlanOrRefused(Phase from, JournalEntry entry, Phase to) {
    JournalState state = JournalState.of(WAY_TO.get(from));
    assertThat(state.phase()).isEqualTo(from);
    if (to == null) {
      assertThatThrownBy(() -> state.apply(entry)).isInstanceOf(IllegalStateException.class);
      assertThat(state.phase()).isEqualTo(from);
    } else {
      state.apply(entry);
      assertThat(state.phase()).isEqualTo(to);
    }
  }

  @Test
  void nothingComesBeforeTheOpening() {
    assertThatThrownBy(() -> JournalState.of(List.of(INTENT)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aStepIsNotDoneWithoutAnIntent() {
    List<JournalEntry> entries = new ArrayList<>(List.of(OPENED));
    entries.add(
        JournalEntry.done(Event.DONE, Step.STOP_SERVICES, Direction.FORWARD, StepResult.of("?")));
    assertThatThrownBy(() -> JournalState.of(entries)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aHeldJournalKeepsItsReasonAndItsRunbook() {
    JournalState state = JournalState.of(WAY_TO.get(Phase.HELD));
    assertThat(state.heldFor().kind()).isEqualTo(FailureKind.BACKUP_ALTERED);
    assertThat(state.runbook()).containsExactly("look");
  }
}
