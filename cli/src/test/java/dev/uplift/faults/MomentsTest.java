package dev.uplift.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.faults.Moments.Moment;
import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.journal.JournalState.Phase;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A step, an event or a phase of which nobody said what is promised fails the build here. */
class MomentsTest {
  @Test
  void everyStepHasItsPromise() {
    assertThat(Moments.STEPS).containsOnlyKeys(Step.values());
    assertThat(Moments.STEPS.values())
        .allSatisfy(of -> assertThat(of.directions()).isNotEmpty())
        .filteredOn(of -> of.directions().contains(Direction.FORWARD))
        .allSatisfy(of -> assertThat(of.afterPowerCut()).isNotEmpty());
  }

  @Test
  void everyEventOfTheJournalHasItsPromise() {
    List<Event> promised = new ArrayList<>(Moments.EVENTS.keySet());
    promised.addAll(Moments.OF_STEPS);
    assertThat(promised).containsExactlyInAnyOrder(Event.values());
  }

  @Test
  void everyPhaseOfTheJournalIsEnteredByAnEventOfItsOwn() {
    assertThat(Moments.ENTERED_BY).containsOnlyKeys(Phase.values());
    assertThat(Moments.ENTERED_BY.values()).doesNotHaveDuplicates();
    assertThat(Moments.EVENTS).containsKeys(Moments.ENTERED_BY.values().toArray(Event[]::new));
  }

  @Test
  void theMomentsAreThoseOfEachStepInEachOfItsDirections() {
    assertThat(Moments.all())
        .doesNotHaveDuplicates()
        .contains(
            new Moment(Event.INTENT, Step.INSPECT_TENANT, Direction.FORWARD),
            new Moment(Event.DONE, Step.STOP_SERVICES, Direction.FORWARD),
            new Moment(Event.INTENT, Step.STOP_SERVICES, Direction.BACK),
            new Moment(Event.INTENT, Step.RESTORE_DATABASE, Direction.BACK),
            new Moment(Event.COMMITTED, null, Direction.FORWARD),
            new Moment(Event.HELD, null, Direction.BACK))
        .doesNotContain(
            new Moment(Event.DONE, Step.CHECK_HEALTH, Direction.FORWARD),
            new Moment(Event.INTENT, Step.RESTORE_DATABASE, Direction.FORWARD));
  }

  @Test
  void aWorkerIsKilledAtEachMoment() {
    assertThat(FaultMatrix.cases()).containsAll(Moments.all().stream().map(Moments::kill).toList());
  }

  @Test
  void theHostOfAWorkerLosesItsPowerAtEachMomentForward() {
    assertThat(FaultMatrix.cases())
        .containsAll(
            Moments.all().stream()
                .filter(moment -> moment.direction() == Direction.FORWARD)
                .map(Moments::powerCut)
                .toList());
  }
}
