package dev.uplift.command;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A child process to run: words, never a shell line.
 *
 * @param environment all of the child's environment; see {@link ChildEnvironment}
 * @param timeout after which the child and its descendants are killed
 */
public record Command(
    List<String> words, Path directory, Map<String, String> environment, Duration timeout) {
  public Command {
    words = List.copyOf(words);
    environment = Map.copyOf(environment);
  }
}
