package dev.uplift.service;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Starts and stops the services of tenants: systemd's units, or processes of our own. */
public interface ServiceManager {

  /** Whether such a unit is defined on this host. */
  boolean isDefined(UnitName unit);

  ServiceState state(UnitName unit);

  /**
   * Starts a unit; one that runs is left alone. Returns when the service manager has taken it,
   * which does not mean that the service answers.
   *
   * @throws dev.uplift.host.StepFailure {@code start_failed} if it is refused, for instance by the
   *     guard
   */
  void start(UnitName unit);

  /**
   * Stops units at once and returns when no process of any is left; one that is stopped is left
   * alone.
   *
   * @param patience how long they may take by themselves before they are killed
   * @throws dev.uplift.host.StepFailure {@code stop_failed} if a process survives
   */
  void stop(List<UnitName> units, Duration patience);

  /** Stops one unit. */
  default void stop(UnitName unit, Duration patience) {
    stop(List.of(unit), patience);
  }

  /** The last part, at most {@code maxBytes}, of what the unit logged since {@code since}. */
  String logSince(UnitName unit, Instant since, int maxBytes);

  /**
   * @param mainPid empty when it does not run
   * @param incarnation differs between two runs of the unit, even with an equal pid
   */
  record ServiceState(boolean running, Optional<Long> mainPid, String incarnation) {
    public static final ServiceState STOPPED = new ServiceState(false, Optional.empty(), "");
  }
}
