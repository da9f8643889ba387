package dev.uplift.journal;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * One line of a journal. Which of the fields are there depends on {@code event}.
 *
 * @param version of the journal's format, on its first line; null on one of version 1
 * @param bootId of the kernel when the line was written: a different one later means that the host
 *     was restarted
 * @param attempt which one of its step an intent begins, from 1
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JournalEntry(
    Integer version,
    Instant at,
    String bootId,
    Event event,
    Step step,
    Direction direction,
    Integer attempt,
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
    HELD,
    /**
     * A person has the compensation of a held tenant tried again; {@code value} says who and why,
     * {@code key} by which run.
     */
    RESUMED,
    /** A person has looked after a held tenant himself; {@code value} says who and why. */
    RELEASED
  }

  /** A line that says less than its event must is no line of a journal. */
  public JournalEntry {
    Objects.requireNonNull(event, "event");
    switch (event) {
      case OPENED -> Objects.requireNonNull(input, "input");
      case INTENT -> requireStep(step, direction);
      case DONE, COMMITTED -> {
        requireStep(step, direction);
        Objects.requireNonNull(result, "result");
      }
      case NOTE -> {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
      }
      case HELD -> Objects.requireNonNull(failure, "failure");
      case RESUMED -> {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
      }
      case BACK, RELEASED -> Objects.requireNonNull(value, "value");
      case RESTORED -> {}
    }
  }

  private static void requireStep(Step step, Direction direction) {
    Objects.requireNonNull(step, "step");
    Objects.requireNonNull(direction, "direction");
  }

  static JournalEntry opened(StepInput input) {
    return new JournalEntry(
        Journal.VERSION,
        null,
        null,
        Event.OPENED,
        null,
        null,
        null,
        input,
        null,
        null,
        null,
        null,
        null);
  }

  static JournalEntry intent(Step step, Direction direction, int attempt) {
    return new JournalEntry(
        null,
        null,
        null,
        Event.INTENT,
        step,
        direction,
        attempt,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  static JournalEntry done(Event event, Step step, Direction direction, StepResult result) {
    return new JournalEntry(
        null, null, null, event, step, direction, null, null, result, null, null, null, null);
  }

  static JournalEntry note(String key, String value) {
    return keyed(Event.NOTE, key, value);
  }

  static JournalEntry back(String decidedBy) {
    return keyed(Event.BACK, null, decidedBy);
  }

  static JournalEntry restored() {
    return keyed(Event.RESTORED, null, null);
  }

  static JournalEntry resumed(UUID run, String whoAndWhy) {
    return keyed(Event.RESUMED, run.toString(), whoAndWhy);
  }

  static JournalEntry released(String whoAndWhy) {
    return keyed(Event.RELEASED, null, whoAndWhy);
  }

  private static JournalEntry keyed(Event event, String key, String value) {
    return new JournalEntry(
        null, null, null, event, null, null, null, null, null, key, value, null, null);
  }

  static JournalEntry held(Step step, Failure failure, List<String> runbook) {
    return new JournalEntry(
        null,
        null,
        null,
        Event.HELD,
        step,
        Direction.BACK,
        null,
        null,
        null,
        null,
        null,
        failure,
        runbook);
  }

  JournalEntry stamped(Instant at, String bootId) {
    return new JournalEntry(
        version, at, bootId, event, step, direction, attempt, input, result, key, value, failure,
        runbook);
  }
}
