package dev.uplift.sandbox;

import java.util.ArrayList;
import java.util.List;

/** A command that ends when whoever started it is gone, which servers do not notice themselves. */
public final class Watched {
  // This becomes the command, and leaves a watcher behind that ends it when the pipe is closed; it
  // looks first whether it still is the command's child, since another process may have the pid by
  // then.
  private static final String SCRIPT =
      """
      exec 3<&0
      (
        read -r line <&3
        read -r pid name state parent rest </proc/self/stat
        if [ "$parent" = "$$" ]; then kill -TERM "$$"; fi
      ) >/dev/null 2>&1 &
      exec "$@" 3<&- </dev/null
      """;

  private Watched() {}

  /** The words to start instead, with a pipe for standard input. */
  public static List<String> command(List<String> words) {
    List<String> watched = new ArrayList<>(List.of("sh", "-c", SCRIPT, "sh"));
    watched.addAll(words);
    return watched;
  }
}
