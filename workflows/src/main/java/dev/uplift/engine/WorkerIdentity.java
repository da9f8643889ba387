package dev.uplift.engine;

import dev.uplift.tenant.HostName;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the worker of a host names itself to the engine, which shows it wherever a worker is shown
 * and remembers it for those who ask who takes work from a queue.
 */
public record WorkerIdentity(HostName host, String machine, long pid) {
  private static final Pattern TEXT = Pattern.compile("uplift-worker (\\S+) ([0-9a-f]{8}) (\\d+)");

  /** Empty if {@code text} is not the identity of a host's worker. */
  public static Optional<WorkerIdentity> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    return matcher.matches()
        ? Optional.of(
            new WorkerIdentity(
                HostName.of(matcher.group(1)), matcher.group(2), Long.parseLong(matcher.group(3))))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "uplift-worker " + host + " " + machine + " " + pid;
  }
}
