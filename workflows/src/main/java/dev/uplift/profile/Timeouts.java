package dev.uplift.profile;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;

/**
 * How long an upgrade waits. A null in the constructor is the default.
 *
 * @param healthDeadline from the start of the services until every check has held over the window
 * @param healthWindow how long every check must hold without a gap
 * @param healthInterval pause between two rounds of checks
 * @param probe one request
 * @param stop one service
 * @param migrations all scripts of a release together
 */
public record Timeouts(
    @JsonProperty("health_deadline") Duration healthDeadline,
    @JsonProperty("health_window") Duration healthWindow,
    @JsonProperty("health_interval") Duration healthInterval,
    Duration probe,
    Duration stop,
    Duration migrations) {
  /** What a service may ask for by itself, as {@code TimeoutStartSec=} of its unit, to come up. */
  public static final Duration LONGEST_START = Duration.ofMinutes(30);

  public static final Timeouts DEFAULTS = new Timeouts(null, null, null, null, null, null);

  public Timeouts {
    healthDeadline = positive("health_deadline", healthDeadline, Duration.ofMinutes(2));
    healthWindow = positive("health_window", healthWindow, Duration.ofSeconds(5));
    healthInterval = positive("health_interval", healthInterval, Duration.ofMillis(100));
    probe = positive("probe", probe, Duration.ofSeconds(2));
    stop = positive("stop", stop, Duration.ofSeconds(90));
    migrations = positive("migrations", migrations, Duration.ofMinutes(30));
    if (healthWindow.compareTo(healthDeadline) >= 0) {
      throw new IllegalArgumentException(
          "timeouts: health_window must be shorter than health_deadline");
    }
  }

  Timeouts with(ReleaseProfile.TimeoutsChange change) {
    return new Timeouts(
        change.healthDeadline() == null ? healthDeadline : change.healthDeadline(),
        change.healthWindow() == null ? healthWindow : change.healthWindow(),
        change.healthInterval() == null ? healthInterval : change.healthInterval(),
        change.probe() == null ? probe : change.probe(),
        change.stop() == null ? stop : change.stop(),
        change.migrations() == null ? migrations : change.migrations());
  }

  private static Duration positive(String key, Duration given, Duration otherwise) {
    if (given != null && (given.isZero() || given.isNegative())) {
      throw new IllegalArgumentException("timeouts: " + key + " must be more than nothing");
    }
    return given == null ? otherwise : given;
  }
}
