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
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class JournalStateTest {
  private static final UUID RUN = UUID.randomUUID();
  private static final StepInput INPUT = new StepInput(null, null, null, Direction.FORWARD);
  private static final JournalEntry OPENED = JournalEntry.opened(INPUT);
  private static final JournalEntry INTENT =
      JournalEntry.intent(Step.STOP_SERVICES, Direction.FORWARD, 1);
  private static final JournalEntry INTENT_BACK =
      JournalEntry.intent(Step.STOP_SERVICES, Direction.BACK, 1);
  private static final JournalEntry BACK = JournalEntry.back("workflow");
  private static final JournalEntry COMMITTED =
      JournalEntry.done(
          Event.COMMITTED, Step.CHECK_HEALTH, Direction.FORWARD, StepResult.of("healthy"));
  private static final JournalEntry RESTORED = JournalEntry.restored();
  private static final JournalEntry HELD =
      JournalEntry.held(
          Step.RESTORE_DATABASE,
          new Failure("RestoreDatabase", FailureKind.BACKUP_ALTERED, "altered", null, null),
          List.of("look"));

  private static final JournalEntry RESUMED = JournalEntry.resumed(RUN, "ops: mended");
  private static final JournalEntry RELEASED = JournalEntry.released("ops: done by hand");

  private static final Map<Phase, List<JournalEntry>> WAY_TO = new EnumMap<>(Phase.class);

  static {
    WAY_TO.put(Phase.FORWARD, List.of(OPENED, INTENT));
    WAY_TO.put(Phase.COMMITTED, List.of(OPENED, INTENT, COMMITTED));
    WAY_TO.put(Phase.BACK, List.of(OPENED, INTENT, BACK, INTENT_BACK));
    WAY_TO.put(Phase.RESTORED, List.of(OPENED, INTENT, BACK, INTENT_BACK, RESTORED));
    WAY_TO.put(Phase.HELD, List.of(OPENED, INTENT, BACK, INTENT_BACK, HELD));
    WAY_TO.put(Phase.RELEASED, List.of(OPENED, INTENT, BACK, INTENT_BACK, HELD, RELEASED));
  }

  private static final Map<String, JournalEntry> LINES = new LinkedHashMap<>();

  static {
    LINES.put("OPENED", OPENED);
    LINES.put("INTENT", INTENT);
    LINES.put("INTENT back", INTENT_BACK);
    LINES.put(
        "DONE",
        JournalEntry.done(Event.DONE, Step.STOP_SERVICES, Direction.FORWARD, StepResult.of("")));
    LINES.put(
        "DONE back",
        JournalEntry.done(Event.DONE, Step.STOP_SERVICES, Direction.BACK, StepResult.of("")));
    LINES.put("NOTE", JournalEntry.note("key", "value"));
    LINES.put("BACK", BACK);
    LINES.put("COMMITTED", COMMITTED);
    LINES.put("RESTORED", RESTORED);
    LINES.put("HELD", HELD);
    LINES.put("RESUMED", RESUMED);
    LINES.put("RELEASED", RELEASED);
  }

  /** Where each line leads from each phase; a dash where it is refused. */
  private static final String TABLE =
      """
                  | FORWARD   | COMMITTED | BACK     | RESTORED | HELD     | RELEASED
      OPENED      | -         | -         | -        | -        | -        | -
      INTENT      | FORWARD   | -         | -        | -        | -        | -
      INTENT back | -         | -         | BACK     | -        | -        | -
      DONE        | FORWARD   | -         | -        | -        | -        | -
      DONE back   | -         | -         | BACK     | -        | -        | -
      NOTE        | FORWARD   | -         | BACK     | -        | HELD     | -
      BACK        | BACK      | -         | -        | -        | -        | -
      COMMITTED   | COMMITTED | -         | -        | -        | -        | -
      RESTORED    | -         | -         | RESTORED | -        | -        | -
      HELD        | -         | -         | HELD     | -        | -        | -
      RESUMED     | -         | -         | -        | -        | BACK     | -
      RELEASED    | -         | -         | -        | -        | RELEASED | -
      """;

  static Stream<Arguments> transitions() {
    List<String[]> rows = TABLE.lines().map(row -> row.strip().split("\\s*\\|\\s*")).toList();
    return rows.stream()
        .skip(1)
        .flatMap(
            row ->
                IntStream.range(1, row.length)
                    .mapToObj(
                        column ->
                            Arguments.of(
                                Phase.valueOf(rows.get(0)[column]),
                                row[0],
                                row[column].equals("-") ? null : Phase.valueOf(row[column]))));
  }

  @Test
  void theTableHasEveryLineInEveryPhase() {
    assertThat(LINES.values().stream().map(JournalEntry::event))
        .containsAll(EnumSet.allOf(Event.class));
    assertThat(transitions().map(pair -> List.of(pair.get()[0], pair.get()[1])).distinct())
        .hasSize(Phase.values().length * LINES.size());
  }

  @ParameterizedTest(name = "{1} in {0}")
  @MethodSource("transitions")
  void everyTransitionIsEitherOfThePlanOrRefused(Phase from, String line, Phase to) {
    JournalState state = JournalState.of(WAY_TO.get(from));
    assertThat(state.phase()).isEqualTo(from);
    if (to == null) {
      assertThatThrownBy(() -> state.apply(LINES.get(line)))
          .isInstanceOf(IllegalStateException.class);
      assertThat(state.phase()).isEqualTo(from);
    } else {
      state.apply(LINES.get(line));
      assertThat(state.phase()).isEqualTo(to);
    }
  }

  @ParameterizedTest
  @EnumSource(Phase.class)
  void onlyAHeldJournalIsSettledAndNotOver(Phase phase) {
    boolean underWay = phase == Phase.FORWARD || phase == Phase.BACK;
    assertThat(phase.isSettled()).isEqualTo(!underWay);
    assertThat(phase.isOver()).isEqualTo(!underWay && phase != Phase.HELD);
  }

  @Test
  void aResumedCompensationRepeatsNothingThatWasPutBackAndHasNewAttempts() {
    JournalState state = held(Step.RESTORE_DEPENDENCIES, Step.STOP_SERVICES, Step.RESTORE_DATABASE);
    state.apply(RESUMED);

    assertThat(state.resultOf(Step.RESTORE_DATABASE, Direction.BACK)).isPresent();
    assertThat(state.timesBegun(Step.RESTORE_DEPENDENCIES, Direction.BACK)).isZero();
    assertThat(state.hasBegun(Step.BACK_UP_DATABASE, Direction.FORWARD)).isTrue();
    assertThat(state.heldFor()).isNull();
    assertThat(state.isResumedBy(RUN)).isTrue();
    assertThat(state.isResumedBy(UUID.randomUUID())).isFalse();
  }

  @Test
  void servicesAreProvenStoppedAgainByWhoeverResumesBeforeTheTenantIsAsItWas() {
    JournalState early = held(Step.RESTORE_DATABASE, Step.STOP_SERVICES);
    early.apply(RESUMED);
    assertThat(early.resultOf(Step.STOP_SERVICES, Direction.BACK)).isEmpty();

    JournalState late =
        held(Step.CHECK_HEALTH, Step.STOP_SERVICES, Step.RESTORE_CODE, Step.START_SERVICES);
    late.apply(RESUMED);
    assertThat(late.resultOf(Step.STOP_SERVICES, Direction.BACK)).isPresent();
    assertThat(late.resultOf(Step.START_SERVICES, Direction.BACK)).isEmpty();
  }

  private static JournalState held(Step broken, Step... undone) {
    JournalState state = JournalState.of(List.of(OPENED));
    state.apply(JournalEntry.intent(Step.BACK_UP_DATABASE, Direction.FORWARD, 1));
    state.apply(BACK);
    for (Step step : undone) {
      state.apply(JournalEntry.intent(step, Direction.BACK, 1));
      state.apply(JournalEntry.done(Event.DONE, step, Direction.BACK, StepResult.of("")));
    }
    state.apply(JournalEntry.intent(broken, Direction.BACK, 1));
    state.apply(HELD);
    return state;
  }

  @Test
  void whoResumesAgainIsTheOneWhoCounts() {
    JournalState state = JournalState.of(WAY_TO.get(Phase.HELD));
    UUID second = UUID.randomUUID();
    state.apply(RESUMED);
    state.apply(HELD);
    state.apply(JournalEntry.resumed(second, "ops"));

    assertThat(state.isResumedBy(second)).isTrue();
    assertThat(state.phase()).isEqualTo(Phase.BACK);
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
