package dev.uplift.rollout;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** What came of one tenant in a rollout, as far as the rollout is concerned. */
public enum Outcome {
  /** It runs the new release. */
  SUCCESS,
  /** It ran the new release before. */
  ALREADY_THERE,
  /** It could be upgraded, as far as a rehearsal can tell. */
  WOULD_UPGRADE,
  /** It was to rehearse, and did not pass, so it was not touched. */
  LEFT_OUT,
  /** It was refused, or failed before anything was touched. */
  REJECTED,
  /** Something else worked on it each time it was tried. */
  BUSY,
  /** A person has to look at it since before, so it was not touched. */
  HELD,
  /** Its host had no worker each time it was tried, so it was not touched. */
  AWAY,
  /** It is not registered any more. */
  GONE,
  /** It is as it was. */
  ROLLED_BACK,
  /** A person has to look at it. */
  NEEDS_ATTENTION,
  /** It succeeded, and was not healthy afterwards. */
  FAILED_LATE,
  /** It waits in its cutover for a host that is silent, or that fails at a step again and again. */
  STALLED;

  /** Whether it counts against the {@link FailureLimit}. */
  public boolean isFailure() {
    return switch (this) {
      case ROLLED_BACK, NEEDS_ATTENTION, FAILED_LATE, STALLED -> true;
      case SUCCESS, ALREADY_THERE, WOULD_UPGRADE, LEFT_OUT, REJECTED, BUSY, HELD, AWAY, GONE ->
          false;
    };
  }

  /** Whether the tenant is where the rollout was to bring it. */
  public boolean isReached() {
    return this == SUCCESS || this == ALREADY_THERE;
  }

  /** Whether it may be otherwise in a minute, so that the tenant is tried again. */
  public boolean mayPass() {
    return this == BUSY || this == AWAY;
  }

  /** Whether the tenant is there, or a rehearsal says that it could be. */
  boolean isPassed() {
    return isReached() || this == WOULD_UPGRADE;
  }

  /** How many tenants came to what is asked for. */
  public static int count(Map<Outcome, Integer> counts, Predicate<Outcome> which) {
    return counts.entrySet().stream()
        .filter(count -> which.test(count.getKey()))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  @JsonValue
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  @JsonCreator
  public static Outcome of(String code) {
    return valueOf(code.toUpperCase(Locale.ROOT));
  }
}
