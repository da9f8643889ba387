package dev.uplift.journal;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.time.Instant;
import java.util.List;

/**
 * One line of a journal. Which of the fields are there depends on {@code event}.
 *
 * @param bootId of the kernel when the line was written: a different one later means that the host
 *     was restarted
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JournalEntry(
    Instant at,
    String bootId,
    Event event,
    Step step,
    Direction direction,
    StepInput input,
    StepResult result,
    String key,
    String value,
    Failure failure,
    List<String> runbook) {

  /** What a line says. */
  public enum Event {
    /** The upgrade reached the host's cutover; carries all that turning back needs. */
    OPENED,
    /** A step is about to have effects. */
    INTENT,
    /** All effects of a step are durable. */
    DONE,
    /** Something that a step's undo needs. */
    NOTE,
    /** From here on the upgrade turns back; {@code value} says who decided it. */
    BACK,
    /** The new release is proven: nothing is restored automatically any more. */
    COMMITTED,
    /** The tenant is as it was. */
    RESTORED,
    /** A person is needed. */
    HELD
  }

  static JournalEntry opened(StepInput input) {
    return new JournalEntry(
        null, null, Event.OPENED, null, null, input, null, null, null, null, null);
  }

  static JournalEntry of(Event event, Step step, Direction direction) {
    return new JournalEntry(null, null, event, step, direction, null, null, null, null, null, null);
  }

  static JournalEntry done(Event event, Step step, Direction direction, StepResult result) {
    return new JournalEntry(
        null, null, event, step, direction, null, result, null, null, null, null);
  }

  static JournalEntry note(String key, String value) {
    return new JournalEntry(null, null, Event.NOTE, null, null, null, null, key, value, null, null);
  }

  static JournalEntry back(String decidedBy) {
    return new JournalEntry(
        null, null, Event.BACK, null, null, null, null, null, decidedBy, null, null);
  }

  static JournalEntry held(Step step, Failure failure, List<String> runbook) {
    return new JournalEntry(
        null, null, Event.HELD, step, Direction.BACK, null, null, null, null, failure, runbook);
  }

  JournalEntry stamped(Instant at, String bootId) {
    return new JournalEntry(
        at, bootId, event, step, direction, input, result, key, value, failure, runbook);
  }
}
