package dev.uplift.command;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A child process to run: words, never a shell line.
 *
 * @param environment all of the child's environment; see {@link ChildEnvironment}
 * @param timeout after which the child and its descendants are killed
 */
public record Command(
    List<String> words, Path directory, Map<String, String> environment, Duration timeout) {
  // ionice's -t: where no I/O class can be set, the command runs all the same.
  private static final List<String> LOW_PRIORITY =
      List.of("nice", "-n", "10", "ionice", "-c", "3", "-t");

  public Command {
    words = List.copyOf(words);
    environment = Map.copyOf(environment);
  }

  /** The same command, giving way to whoever else needs the processors and the disk. */
  public Command atLowPriority() {
    List<String> lowered = Stream.concat(LOW_PRIORITY.stream(), words.stream()).toList();
    return new Command(lowered, directory, environment, timeout);
  }
}
