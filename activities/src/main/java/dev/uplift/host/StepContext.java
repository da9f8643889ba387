package dev.uplift.host;

import dev.uplift.command.CommandResult;
import dev.uplift.command.CommandRunner;
import java.util.Optional;

/**
 * What a step may use besides its input.
 *
 * @param commands runs children under the tenant's command lock
 * @param notes what this upgrade wrote down earlier, durable before {@link Notes#put} returns
 * @param evidence for people who look at the upgrade afterwards
 */
public record StepContext(
    HostPaths paths,
    Cancellation cancellation,
    CommandRunner commands,
    Notes notes,
    Evidence evidence) {

  /** Of a step of which nobody keeps anything. */
  public StepContext(
      HostPaths paths, Cancellation cancellation, CommandRunner commands, Notes notes) {
    this(paths, cancellation, commands, notes, (name, text, cutBytes) -> {});
  }

  /** The same, for a step of which something is kept. */
  public StepContext with(Evidence evidence) {
    return new StepContext(paths, cancellation, commands, notes, evidence);
  }

  /**
   * Where a step puts what it has seen. That is no part of the upgrade: it neither fails nor waits,
   * and nothing may depend on it.
   */
  public interface Evidence {
    /**
     * @param name what it is, like {@code migrations/scripts/create_schema.py}
     * @param text as it is, with the secrets that it may hold: they are taken out before it is kept
     * @param cutBytes how much of its beginning was cut off already
     */
    void keep(String name, String text, long cutBytes);

    default void keep(String name, String text) {
      keep(name, text, 0);
    }

    default void keep(String name, CommandResult.Printed printed) {
      keep(name, printed.end(), printed.cutBytes());
    }
  }

  /** The part of the journal that steps write themselves: facts that their undo needs. */
  public interface Notes {
    /** Replaces an earlier note of that key. */
    void put(String key, String value);

    Optional<String> get(String key);
  }
}
