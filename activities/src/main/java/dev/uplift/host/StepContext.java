package dev.uplift.host;

import dev.uplift.command.CommandRunner;
import java.util.Optional;

/**
 * What a step may use besides its input.
 *
 * @param commands runs children under the tenant's command lock
 * @param notes what this upgrade wrote down earlier, durable before {@link Notes#put} returns
 */
public record StepContext(
    HostPaths paths, Cancellation cancellation, CommandRunner commands, Notes notes) {

  /** The part of the journal that steps write themselves: facts that their undo needs. */
  public interface Notes {
    /** Replaces an earlier note of that key. */
    void put(String key, String value);

    Optional<String> get(String key);
  }
}
