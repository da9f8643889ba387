package dev.uplift.health;

import dev.uplift.upgrade.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Decides when a tenant is healthy: every check holds over a window without a gap, answered by the
 * processes that were started. Knows nothing of HTTP, processes and clocks.
 */
public final class HealthWindow {

  /**
   * One look at the tenant.
   *
   * @param verdicts one for each check, always in the same order
   * @param deaths a sentence for each process that is not there any more or is another one
   */
  public record Observation(Instant at, List<HealthVerdict> verdicts, List<String> deaths) {
    public Observation {
      verdicts = List.copyOf(verdicts);
      deaths = List.copyOf(deaths);
    }
  }

  /** What is to be done after an observation. */
  public sealed interface Decision {
    record Waiting() implements Decision {}

    record Healthy() implements Decision {}

    /**
     * @param message one sentence: what is wrong
     */
    record Failed(FailureKind kind, String message) implements Decision {}
  }

  private final Duration window;
  private final Duration longestPause;
  private final Instant deadline;
  private final Set<Integer> everOk = new HashSet<>();
  private Instant okSince;
  private Instant wrongReleaseSince;
  private Instant previous;

  /**
   * @param window how long every check must hold
   * @param longestPause between two observations; after a longer one nobody knows what was between
   * @param deadline when all must be done
   */
  public HealthWindow(Duration window, Duration longestPause, Instant deadline) {
    this.window = window;
    this.longestPause = longestPause;
    this.deadline = deadline;
  }

  public Decision observe(Observation seen) {
    boolean gap =
        previous != null && Duration.between(previous, seen.at()).compareTo(longestPause) > 0;
    previous = seen.at();
    if (!seen.deaths().isEmpty()) {
      return died(seen);
    }
    for (int i = 0; i < seen.verdicts().size(); i++) {
      if (seen.verdicts().get(i).isOk()) {
        everOk.add(i);
      }
    }
    boolean allOk = seen.verdicts().stream().allMatch(HealthVerdict::isOk);
    boolean wrongRelease = seen.verdicts().stream().anyMatch(HealthVerdict::wrongRelease);
    okSince = since(okSince, allOk, gap, seen.at());
    wrongReleaseSince = since(wrongReleaseSince, wrongRelease, gap, seen.at());

    if (hasLasted(okSince, seen.at())) {
      return new Decision.Healthy();
    }
    // It would not get better until the deadline, and the tenant is down meanwhile.
    if (hasLasted(wrongReleaseSince, seen.at()) || !seen.at().isBefore(deadline)) {
      return outOfTime(seen);
    }
    return new Decision.Waiting();
  }

  private static Instant since(Instant earlier, boolean holds, boolean gap, Instant now) {
    if (!holds) {
      return null;
    }
    return earlier == null || gap ? now : earlier;
  }

  private boolean hasLasted(Instant since, Instant now) {
    return since != null && Duration.between(since, now).compareTo(window) >= 0;
  }

  private Decision died(Observation seen) {
    boolean oneThatHeldFailsNow = false;
    boolean allHold = !seen.verdicts().isEmpty();
    for (int i = 0; i < seen.verdicts().size(); i++) {
      boolean ok = seen.verdicts().get(i).isOk();
      oneThatHeldFailsNow |= everOk.contains(i) && !ok;
      allHold &= ok || everOk.contains(i);
    }
    boolean hadBeenHealthy = oneThatHeldFailsNow || allHold;
    return new Decision.Failed(
        hadBeenHealthy ? FailureKind.CRASH_LOOP : FailureKind.START_FAILED,
        String.join(", ", seen.deaths())
            + (hadBeenHealthy ? " after it had been healthy" : " before it was healthy"));
  }

  private Decision outOfTime(Observation seen) {
    List<String> bad = reasons(seen, HealthVerdict.Outcome.BAD);
    List<String> unmeasured = reasons(seen, HealthVerdict.Outcome.UNMEASURED);
    if (!bad.isEmpty()) {
      return new Decision.Failed(FailureKind.UNHEALTHY, String.join("; ", bad));
    }
    if (!unmeasured.isEmpty()) {
      return new Decision.Failed(
          FailureKind.STEP_FAILED, "Health is not known: " + String.join("; ", unmeasured));
    }
    return new Decision.Failed(
        FailureKind.UNHEALTHY,
        "The checks hold now, but had not held over "
            + window.toMillis()
            + " ms when the time was over");
  }

  private static List<String> reasons(Observation seen, HealthVerdict.Outcome outcome) {
    List<String> reasons = new ArrayList<>();
    for (HealthVerdict verdict : seen.verdicts()) {
      if (verdict.outcome() == outcome) {
        reasons.add(verdict.reason());
      }
    }
    return reasons;
  }
}
