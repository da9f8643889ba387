package dev.uplift.faults;

import static dev.uplift.upgrade.Direction.BACK;
import static dev.uplift.upgrade.Direction.FORWARD;
import static dev.uplift.upgrade.UpgradeStatus.NEEDS_ATTENTION;
import static dev.uplift.upgrade.UpgradeStatus.REJECTED;
import static dev.uplift.upgrade.UpgradeStatus.ROLLED_BACK;
import static dev.uplift.upgrade.UpgradeStatus.SUCCESS;

import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.journal.JournalState.Phase;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.UpgradeStatus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The moments at which a worker or its host may end, derived from the steps, the directions and
 * what a journal can say: each is the time when a line of the journal has just been written. The
 * steps of preparation write none; there it is the time when the API tells the same of them.
 *
 * <p>Whoever adds a step, an event or a phase says in here what is promised when it is cut off. As
 * long as nobody did, the build fails.
 */
final class Moments {
  /** What is promised of each step. */
  static final Map<Step, OfStep> STEPS = steps();

  /** What is promised of each event that is not one of a step. */
  static final Map<Event, OfEvent> EVENTS = events();

  /** The events that say something of a step, and so are moments of each. */
  static final Set<Event> OF_STEPS = EnumSet.of(Event.INTENT, Event.DONE);

  /** By which event a journal comes to be in a phase. */
  static final Map<Phase, Event> ENTERED_BY = enteredBy();

  private Moments() {}

  /**
   * @param directions in which it runs
   * @param operations that have it
   * @param afterPowerCut the end of a run that goes forward, when the host is up again; a worker
   *     that is killed and comes back soon goes on wherever it was
   */
  record OfStep(
      Set<Direction> directions, Set<Operation> operations, Set<UpgradeStatus> afterPowerCut) {
    private OfStep onlyIn(Operation operation) {
      return new OfStep(directions, EnumSet.of(operation), afterPowerCut);
    }
  }

  /**
   * @param directions the journal's when it is written
   * @param operation in which it is
   */
  record OfEvent(
      Set<Direction> directions,
      Operation operation,
      UpgradeStatus afterKill,
      Set<UpgradeStatus> afterPowerCut) {}

  /**
   * A line of a journal has just been written.
   *
   * @param step of that line; null if it is of none
   * @param direction in which the upgrade goes
   */
  record Moment(Event event, Step step, Direction direction) {
    /** What somebody reads in a table. */
    String words() {
      return (step == null ? event.name() : step.activity() + " " + event)
          + (direction == BACK ? " (back)" : "");
    }

    /** The operation in which it is met. */
    Operation operation() {
      if (step == null) {
        return EVENTS.get(event).operation();
      }
      return STEPS.get(step).operations().contains(Operation.UPGRADE)
          ? Operation.UPGRADE
          : Operation.ROLLBACK;
    }

    /** Whether the host keeps no journal yet. */
    boolean isPreparation() {
      return step != null && step.isPreparation();
    }
  }

  private static Map<Step, OfStep> steps() {
    Set<Operation> both = EnumSet.of(Operation.UPGRADE, Operation.ROLLBACK);
    OfStep preparation = new OfStep(EnumSet.of(FORWARD), both, EnumSet.of(SUCCESS, REJECTED));
    OfStep down = new OfStep(EnumSet.of(FORWARD), both, EnumSet.of(ROLLED_BACK));
    OfStep undo = new OfStep(EnumSet.of(BACK), both, EnumSet.noneOf(UpgradeStatus.class));
    // From the start of the new release on it is kept if it is healthy.
    OfStep starting = new OfStep(EnumSet.of(FORWARD, BACK), both, EnumSet.of(SUCCESS));
    Map<Step, OfStep> steps = new EnumMap<>(Step.class);
    steps.put(Step.INSPECT_TENANT, preparation);
    steps.put(Step.FETCH_RELEASE, preparation.onlyIn(Operation.UPGRADE));
    steps.put(Step.INSPECT_ROLLBACK, preparation.onlyIn(Operation.ROLLBACK));
    steps.put(Step.STAGE_DEPENDENCIES, preparation);
    steps.put(Step.REHEARSE_MIGRATIONS, preparation.onlyIn(Operation.UPGRADE));
    steps.put(
        Step.STOP_SERVICES, new OfStep(EnumSet.of(FORWARD, BACK), both, EnumSet.of(ROLLED_BACK)));
    steps.put(Step.BACK_UP_DATABASE, down);
    steps.put(Step.CHECK_OUT_RELEASE, down);
    steps.put(Step.INSTALL_DEPENDENCIES, down);
    steps.put(Step.RUN_MIGRATIONS, down.onlyIn(Operation.UPGRADE));
    steps.put(Step.REINSTATE_DATABASE, down.onlyIn(Operation.ROLLBACK));
    steps.put(Step.START_SERVICES, starting);
    steps.put(Step.CHECK_HEALTH, starting);
    steps.put(Step.RESTORE_DATABASE, undo);
    steps.put(Step.RESTORE_DEPENDENCIES, undo);
    steps.put(Step.RESTORE_CODE, undo);
    return steps;
  }

  private static Map<Event, OfEvent> events() {
    Map<Event, OfEvent> events = new EnumMap<>(Event.class);
    // Nothing has been done yet, so there is nothing to turn back, unless the first step has begun
    // when the power is gone.
    events.put(Event.OPENED, forward(SUCCESS, EnumSet.of(REJECTED, ROLLED_BACK)));
    events.put(Event.NOTE, forward(SUCCESS, EnumSet.of(REJECTED, ROLLED_BACK)));
    events.put(Event.COMMITTED, forward(SUCCESS, EnumSet.of(SUCCESS)));
    events.put(Event.BACK, back(ROLLED_BACK));
    events.put(Event.RESTORED, back(ROLLED_BACK));
    events.put(Event.HELD, back(NEEDS_ATTENTION));
    // What had spoiled the way back is mended before it is resumed, and after it is released the
    // tenant is upgraded again.
    events.put(Event.RESUMED, ofHeld(ROLLED_BACK));
    events.put(Event.RELEASED, ofHeld(SUCCESS));
    return events;
  }

  private static OfEvent ofHeld(UpgradeStatus end) {
    return new OfEvent(EnumSet.of(BACK), Operation.RESUME, end, EnumSet.of(end));
  }

  private static OfEvent forward(UpgradeStatus afterKill, Set<UpgradeStatus> afterPowerCut) {
    return new OfEvent(EnumSet.of(FORWARD), Operation.UPGRADE, afterKill, afterPowerCut);
  }

  private static OfEvent back(UpgradeStatus end) {
    return new OfEvent(EnumSet.of(BACK), Operation.UPGRADE, end, EnumSet.of(end));
  }

  private static Map<Phase, Event> enteredBy() {
    Map<Phase, Event> events = new EnumMap<>(Phase.class);
    events.put(Phase.FORWARD, Event.OPENED);
    events.put(Phase.COMMITTED, Event.COMMITTED);
    events.put(Phase.BACK, Event.BACK);
    events.put(Phase.RESTORED, Event.RESTORED);
    events.put(Phase.HELD, Event.HELD);
    events.put(Phase.RELEASED, Event.RELEASED);
    return events;
  }

  /** All of them, in the order of an upgrade. */
  static List<Moment> all() {
    List<Moment> all = new ArrayList<>();
    STEPS.forEach(
        (step, of) ->
            of.directions()
                .forEach(
                    direction ->
                        OF_STEPS.stream()
                            .filter(event -> !isCommit(event, step, direction))
                            .map(event -> new Moment(event, step, direction))
                            .forEach(all::add)));
    EVENTS.forEach(
        (event, of) ->
            of.directions().forEach(direction -> all.add(new Moment(event, null, direction))));
    return all;
  }

  /** The last step of an upgrade is done when it is committed: there is no other line of it. */
  private static boolean isCommit(Event event, Step step, Direction direction) {
    return event == Event.DONE && step == Step.CHECK_HEALTH && direction == FORWARD;
  }

  /** The end of an upgrade whose worker is killed at that moment and started again. */
  static String afterKill(Moment moment) {
    if (moment.step() == null) {
      return EVENTS.get(moment.event()).afterKill().code();
    }
    return (moment.direction() == FORWARD ? SUCCESS : ROLLED_BACK).code();
  }

  /**
   * The end of an upgrade that went forward when its host lost its power. Before that is gone, the
   * step that follows one that is done may have begun.
   */
  static String afterPowerCut(Moment moment) {
    Set<UpgradeStatus> ends = EnumSet.noneOf(UpgradeStatus.class);
    if (moment.step() == null) {
      ends.addAll(EVENTS.get(moment.event()).afterPowerCut());
    } else {
      ends.addAll(STEPS.get(moment.step()).afterPowerCut());
    }
    if (moment.event() == Event.DONE) {
      ends.addAll(STEPS.get(next(moment)).afterPowerCut());
    }
    return String.join(" or ", ends.stream().map(UpgradeStatus::code).toList());
  }

  /** The step that follows in the same operation. */
  private static Step next(Moment moment) {
    return Arrays.stream(Step.values())
        .filter(step -> step.ordinal() > moment.step().ordinal())
        .filter(step -> STEPS.get(step).operations().contains(moment.operation()))
        .findFirst()
        .orElseThrow();
  }

  /** The moments of some operation. */
  static List<Moment> of(Operation operation) {
    return all().stream().filter(moment -> moment.operation() == operation).toList();
  }

  /** The case in which a worker is killed at a moment. */
  static FaultCase kill(Moment moment) {
    return FaultCase.derived("at " + moment.words(), Injection.KILL, afterKill(moment));
  }

  /** The case in which the host of a worker loses its power at a moment. */
  static FaultCase powerCut(Moment moment) {
    return FaultCase.derived("at " + moment.words(), Injection.POWER_CUT, afterPowerCut(moment));
  }
}
