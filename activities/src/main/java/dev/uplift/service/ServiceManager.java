package dev.uplift.service;

import dev.uplift.host.Cancellation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Starts and stops the services of tenants: systemd's units, or processes of our own. */
public interface ServiceManager {

  /**
   * Looks whether an upgrade could stop these units and start them again, with nothing else touched
   * and nobody starting them in between. Changes nothing.
   *
   * @param units all units of a tenant
   * @param patience how long they will be given to stop
   * @return what an upgrade can bear but a person should know, a sentence each
   * @throws dev.uplift.host.StepFailure {@code unit_missing}, {@code wrong_owner}, {@code
   *     host_unprepared} or {@code profile_invalid}, with the remedy
   */
  List<String> inspect(List<UnitName> units, Duration patience);

  ServiceState state(UnitName unit);

  /**
   * Whether it serves, or would serve by and by if nobody touched it: one that waits to be started
   * again after it died is up.
   */
  default boolean isUp(UnitName unit) {
    return state(unit).running();
  }

  /**
   * Starts a unit; one that runs is left alone. Returns when the service manager has taken it,
   * which does not mean that the service answers.
   *
   * @param patience how long it may take to come up; one that asks for more by itself gets that
   * @throws dev.uplift.host.StepFailure {@code start_failed} if it is refused, for instance by the
   *     guard
   * @throws dev.uplift.host.StepCancelled if the service manager starts nothing any more, because
   *     the machine goes down
   */
  void start(UnitName unit, Duration patience, Cancellation cancellation);

  /** Starts a unit that comes up quickly. */
  default void start(UnitName unit) {
    start(unit, Duration.ofMinutes(2), Cancellation.NEVER);
  }

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

  /**
   * Whether the machine is being switched off or restarted: then services die and cannot be
   * started, and that says nothing of them.
   */
  default boolean isGoingDown() {
    return false;
  }

  /** The command with which a person starts units that were held; empty if there is none. */
  default Optional<String> startCommand(List<UnitName> units) {
    return Optional.empty();
  }

  /** The last part, at most {@code maxBytes}, of what the unit logged since {@code since}. */
  String logSince(UnitName unit, Instant since, int maxBytes);

  /**
   * @param mainPid empty when it does not run, or runs without a main process
   * @param incarnation differs between two runs of the unit, even with an equal pid
   * @param restarts how often the service manager started it again by itself, a restart that it is
   *     about to make included
   * @param ending how its last run ended, in words; null if it runs or that is not known
   */
  record ServiceState(
      boolean running, Optional<Long> mainPid, String incarnation, int restarts, String ending) {
    public static final ServiceState STOPPED =
        new ServiceState(false, Optional.empty(), "", 0, null);

    static ServiceState running(long mainPid, String incarnation) {
      return new ServiceState(true, Optional.of(mainPid), incarnation, 0, null);
    }
  }
}
