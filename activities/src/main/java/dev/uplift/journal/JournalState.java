package dev.uplift.journal;

import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.Step;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What a journal says so far. Pure: a fold over its lines, which refuses a line that must not
 * follow.
 *
 * <p>{@code FORWARD} goes to {@code COMMITTED} or to {@code BACK}, never to both; {@code BACK} goes
 * to {@code RESTORED} or {@code HELD}; only a person takes a held tenant {@code BACK} again, or has
 * it {@code RELEASED}.
 */
public final class JournalState {

  public enum Phase {
    FORWARD,
    COMMITTED,
    BACK,
    RESTORED,
    HELD,
    RELEASED;

    /** Whether nothing is left to do for a program. */
    public boolean isSettled() {
      return this != FORWARD && this != BACK;
    }

    /** Whether nothing is left to do for anybody. */
    public boolean isOver() {
      return isSettled() && this != HELD;
    }
  }

  private record Key(Direction direction, Step step) {}

  private StepInput input;
  private Phase phase = Phase.FORWARD;
  private String bootId;
  private Instant writtenAt;
  private String decidedBy;
  private Failure heldFor;
  private List<String> runbook = List.of();
  private String resumedBy;
  private final Set<Key> begun = new HashSet<>();
  private final Map<Key, Integer> attempts = new HashMap<>();
  private final Map<Key, StepResult> done = new HashMap<>();
  private final Map<Key, String> doneInBoot = new HashMap<>();
  private final Map<String, String> notes = new HashMap<>();

  static JournalState of(List<JournalEntry> entries) {
    JournalState state = new JournalState();
    entries.forEach(state::apply);
    return state;
  }

  void apply(JournalEntry entry) {
    boolean first = input == null;
    if (first != (entry.event() == JournalEntry.Event.OPENED)) {
      throw new IllegalStateException(entry.event() + " is not where a journal begins");
    }
    Key key = new Key(entry.direction(), entry.step());
    switch (entry.event()) {
      case OPENED -> input = entry.input();
      case INTENT -> {
        requireDirection(entry);
        begun.add(key);
        attempts.merge(key, 1, Integer::sum);
      }
      case DONE -> {
        requireDirection(entry);
        if (!begun.contains(key)) {
          throw new IllegalStateException(entry.step() + " is done without an intent");
        }
        done.put(key, entry.result());
        doneInBoot.put(key, entry.bootId());
      }
      case NOTE -> {
        requireNotOver(entry);
        notes.put(entry.key(), entry.value());
      }
      case BACK -> {
        require(Phase.FORWARD, entry);
        phase = Phase.BACK;
        decidedBy = entry.value();
      }
      case COMMITTED -> {
        require(Phase.FORWARD, entry);
        done.put(key, entry.result());
        phase = Phase.COMMITTED;
      }
      case RESTORED -> {
        require(Phase.BACK, entry);
        phase = Phase.RESTORED;
      }
      case HELD -> {
        require(Phase.BACK, entry);
        phase = Phase.HELD;
        heldFor = entry.failure();
        runbook = entry.runbook() == null ? List.of() : entry.runbook();
      }
      case RESUMED -> {
        require(Phase.HELD, entry);
        phase = Phase.BACK;
        resumedBy = entry.key();
        heldFor = null;
        runbook = List.of();
        beginAnew();
      }
      case RELEASED -> {
        require(Phase.HELD, entry);
        phase = Phase.RELEASED;
      }
    }
    bootId = entry.bootId();
    writtenAt = entry.at();
  }

  /**
   * What was put back stays done, and every step may be tried as often as before. What ran or did
   * not run is another matter: a person has had the tenant in hand.
   */
  private void beginAnew() {
    attempts.keySet().removeIf(key -> key.direction() == Direction.BACK);
    done.remove(new Key(Direction.BACK, Step.START_SERVICES));
    if (!isAsItWas()) {
      done.remove(new Key(Direction.BACK, Step.STOP_SERVICES));
    }
  }

  private void require(Phase expected, JournalEntry entry) {
    if (phase != expected) {
      throw new IllegalStateException(entry.event() + " must not follow " + phase);
    }
  }

  // A held tenant may be started all the same, of which notes are taken.
  private void requireNotOver(JournalEntry entry) {
    if (phase.isOver()) {
      throw new IllegalStateException(entry.event() + " must not follow " + phase);
    }
  }

  private void requireDirection(JournalEntry entry) {
    require(entry.direction() == Direction.FORWARD ? Phase.FORWARD : Phase.BACK, entry);
  }

  public StepInput input() {
    return input;
  }

  public Phase phase() {
    return phase;
  }

  /** Of the kernel under which the last line was written. */
  public String bootId() {
    return bootId;
  }

  /** When the last line was written. */
  public Instant writtenAt() {
    return writtenAt;
  }

  /** Who decided to turn back; null before that. */
  public String decidedBy() {
    return decidedBy;
  }

  /** Why the tenant is held; null unless it is. */
  public Failure heldFor() {
    return heldFor;
  }

  public List<String> runbook() {
    return runbook;
  }

  /** Whether it was this run by which a person had the compensation resumed the last time. */
  public boolean isResumedBy(UUID run) {
    return run.toString().equals(resumedBy);
  }

  /** Whether a step may have had effects. */
  public boolean hasBegun(Step step, Direction direction) {
    return begun.contains(new Key(direction, step));
  }

  /**
   * How many attempts of a step there were, whatever became of them; of those of a compensation
   * that was resumed, only the ones since then.
   */
  public int timesBegun(Step step, Direction direction) {
    return attempts.getOrDefault(new Key(direction, step), 0);
  }

  /** What a finished step answered. */
  public Optional<StepResult> resultOf(Step step, Direction direction) {
    return Optional.ofNullable(done.get(new Key(direction, step)));
  }

  /** Whether a step was finished before the host was started the last time. */
  public boolean isOfEarlierBoot(Step step, Direction direction, String currentBootId) {
    String boot = doneInBoot.get(new Key(direction, step));
    return boot != null && !boot.equals(currentBootId);
  }

  /**
   * Whether code, dependencies and database are what they were before the upgrade: nothing had been
   * written, or all was put back and compared. Then nobody is harmed if the services run.
   */
  public boolean isAsItWas() {
    return !hasBegun(Step.BACK_UP_DATABASE, Direction.FORWARD)
        || resultOf(Step.RESTORE_CODE, Direction.BACK).isPresent();
  }

  public Optional<String> note(String key) {
    return Optional.ofNullable(notes.get(key));
  }
}
