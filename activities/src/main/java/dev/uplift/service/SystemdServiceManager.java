package dev.uplift.service;

import dev.uplift.host.Cancellation;
import dev.uplift.host.HostPaths;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.Timeouts;
import dev.uplift.service.UnitProcesses.Member;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Services as units of the system's systemd. The worker needs no privilege but polkit's consent to
 * start, stop and reset these units. Whether a unit is enabled is never changed.
 */
public final class SystemdServiceManager implements ServiceManager {
  private static final Duration KILL_PATIENCE = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(20);

  private final Systemctl systemctl = new Systemctl();
  private final UnitJournal journal = new UnitJournal();
  private final ControlGroups controlGroups = new ControlGroups(Path.of("/sys/fs/cgroup"));
  private final Path guards;
  private final Guard guard;

  /** A unit runs unchanged as long as its main process does: that spares asking systemd. */
  private final Map<UnitName, Running> lastSeen = new ConcurrentHashMap<>();

  private record Running(ServiceState state, Member main) {}

  public SystemdServiceManager(HostPaths paths) {
    this.guards = paths.guards();
    this.guard = new Guard(paths);
  }

  /** Whether systemd runs this machine. */
  public static boolean isAvailable() {
    // What sd_booted(3) looks at.
    return Files.isDirectory(Path.of("/run/systemd/system"));
  }

  @Override
  public List<String> inspect(List<UnitName> units, Duration patience) {
    Map<UnitName, UnitProperties> all = show(units);
    Predicate<String> isActive = activeAmong(all.values());
    Predicate<String> isOfTenant =
        name -> units.stream().map(Systemctl::service).anyMatch(name::equals);
    List<String> warnings = new ArrayList<>();
    for (UnitName unit : units) {
      UnitFitness fitness = new UnitFitness(unit, all.get(unit));
      fitness.requireLoaded();
      fitness.requireReloaded();
      fitness.requireOnRequest();
      fitness.requireUser(SystemdServiceManager::isOurs);
      fitness.requireGuard(systemctl.assertions(unit), guards);
      fitness.requireNoTrigger(isActive);
      fitness.requireStopsNobodyElse(isOfTenant, isActive);
      warnings.addAll(fitness.warnings(patience));
    }
    List<UnitName> active =
        units.stream().filter(unit -> all.get(unit).activeState().equals("active")).toList();
    if (!active.isEmpty()) {
      UnitFitness.requireAllowed(active, systemctl.startWhatRuns(active));
    }
    List<UnitName> down = units.stream().filter(unit -> all.get(unit).isEnded()).toList();
    if (!down.isEmpty()) {
      UnitFitness.requireAllowed(down, systemctl.stopWhatIsDown(down));
    }
    return warnings;
  }

  /** Of the other units that have to do with these. */
  private Predicate<String> activeAmong(Collection<UnitProperties> units) {
    TreeSet<String> others = new TreeSet<>();
    for (UnitProperties unit : units) {
      others.addAll(unit.triggers());
      others.addAll(unit.stoppedAlong());
    }
    if (others.isEmpty()) {
      return name -> false;
    }
    List<String> active =
        systemctl.show(others).stream()
            .filter(one -> !one.activeState().equals("inactive"))
            .filter(one -> !one.activeState().equals("failed"))
            .map(one -> one.get("Id"))
            .toList();
    return active::contains;
  }

  private static boolean isOurs(String user) {
    try {
      UserPrincipal ours = Files.getOwner(Path.of("/proc/self"));
      return FileSystems.getDefault()
          .getUserPrincipalLookupService()
          .lookupPrincipalByName(user)
          .equals(ours);
    } catch (IOException noSuchUser) {
      return false;
    }
  }

  private Map<UnitName, UnitProperties> show(List<UnitName> units) {
    List<UnitProperties> shown = systemctl.show(units.stream().map(Systemctl::service).toList());
    Map<UnitName, UnitProperties> all = new HashMap<>();
    for (int i = 0; i < units.size(); i++) {
      all.put(units.get(i), shown.get(i));
    }
    return all;
  }

  private UnitProperties show(UnitName unit) {
    return show(List.of(unit)).get(unit);
  }

  @Override
  public ServiceState state(UnitName unit) {
    Running seen = lastSeen.get(unit);
    if (seen != null && seen.main().isAlive()) {
      return seen.state();
    }
    ServiceState state = show(unit).state();
    Optional<Member> main = state.mainPid().flatMap(Member::of);
    if (main.isPresent()) {
      lastSeen.put(unit, new Running(state, main.get()));
    } else {
      lastSeen.remove(unit);
    }
    return state;
  }

  @Override
  public boolean isUp(UnitName unit) {
    return show(unit).isUp();
  }

  @Override
  public boolean isGoingDown() {
    return systemctl.isSystemStopping();
  }

  @Override
  public void start(UnitName unit, Duration patience, Cancellation cancellation) {
    // Asked anew: what was seen running may be stopping.
    UnitProperties before = show(unit);
    if (before.isRunning()) {
      return;
    }
    new UnitFitness(unit, before).requireLoaded();
    // Starts count too, and a release that crashed has used up what a unit may do in its interval.
    systemctl.resetFailed(unit);
    Duration limit = before.startPatience(patience, Timeouts.LONGEST_START);
    Systemctl.Outcome outcome = systemctl.start(unit, limit, cancellation);
    if (!outcome.succeeded()) {
      if (outcome.isOvertaken() || isGoingDown()) {
        throw new StepCancelled(unit + " is not started, since the machine goes down");
      }
      throw startFailed(unit, outcome, limit);
    }
  }

  private StepFailure startFailed(UnitName unit, Systemctl.Outcome outcome, Duration limit) {
    String evidence = evidence(outcome, List.of(show(unit).describe()));
    Optional<String> reason = guard.reason(unit);
    if (reason.isPresent()) {
      return new StepFailure(
          FailureKind.START_FAILED,
          unit + " is guarded.",
          reason.get().strip() + "\n" + evidence,
          "Wait for what is going on there.");
    }
    if (outcome.isDenied()) {
      return new StepFailure(
          FailureKind.START_FAILED,
          "This worker may not start " + unit + ".",
          evidence,
          "Run `uplift host prepare` as root on this host.");
    }
    String what =
        outcome.gaveUp()
            ? " had not come up after " + limit.toSeconds() + " s"
            : " could not be started";
    return new StepFailure(
        FailureKind.START_FAILED,
        unit + what + ".",
        evidence,
        Diagnosis.advice(FailureKind.START_FAILED));
  }

  @Override
  public void stop(List<UnitName> units, Duration patience) {
    long patienceEndsNanos = System.nanoTime() + patience.toNanos();
    // A client that is given up changes nothing: systemd goes on stopping.
    Systemctl.Outcome outcome = systemctl.stop(units, patience);
    boolean refused = !outcome.succeeded() && !outcome.gaveUp();
    Remains left = awaitEnd(units, refused ? System.nanoTime() : patienceEndsNanos);
    long giveUpNanos = System.nanoTime() + KILL_PATIENCE.toNanos();
    while (!left.isNothing() && !refused && isAhead(giveUpNanos)) {
      left.processes().forEach(Member::kill);
      left = awaitEnd(units, System.nanoTime() + POLL.toNanos());
    }
    if (!left.isNothing()) {
      throw stopFailed(units, outcome, left);
    }
  }

  /**
   * What is not stopped yet.
   *
   * @param units those with which systemd is not done
   * @param processes what is left in their control groups
   */
  private record Remains(List<UnitProperties> units, List<Member> processes) {
    boolean isNothing() {
      return units.isEmpty() && processes.isEmpty();
    }
  }

  private Remains awaitEnd(List<UnitName> units, long deadlineNanos) {
    while (true) {
      Collection<UnitProperties> shown = show(units).values();
      Remains left =
          new Remains(
              shown.stream().filter(unit -> !unit.isEnded()).toList(),
              shown.stream()
                  .flatMap(unit -> controlGroups.processes(unit.controlGroup()).stream())
                  .map(Member::of)
                  .flatMap(Optional::stream)
                  .toList());
      if (left.isNothing() || !isAhead(deadlineNanos)) {
        return left;
      }
      Cancellation.NEVER.pause(POLL);
    }
  }

  private static StepFailure stopFailed(
      List<UnitName> units, Systemctl.Outcome outcome, Remains left) {
    String names = units.stream().map(UnitName::value).collect(Collectors.joining(", "));
    List<String> seen = new ArrayList<>();
    left.units().stream().map(UnitProperties::describe).forEach(seen::add);
    left.processes().stream().map(Member::describe).forEach(seen::add);
    return new StepFailure(
        FailureKind.STOP_FAILED,
        outcome.isDenied()
            ? "This worker may not stop " + names + "."
            : "Not all of " + names + " could be stopped.",
        evidence(outcome, seen),
        outcome.isDenied()
            ? "Run `uplift host prepare` as root on this host."
            : "Look what the processes wait for, for instance storage that does not answer, and end"
                + " them.");
  }

  private static String evidence(Systemctl.Outcome outcome, List<String> seen) {
    List<String> lines = new ArrayList<>();
    if (!outcome.errors().isEmpty()) {
      lines.add(outcome.errors());
    }
    lines.addAll(seen);
    return String.join("\n", lines);
  }

  private static boolean isAhead(long nanos) {
    return nanos - System.nanoTime() > 0;
  }

  @Override
  public Optional<String> startCommand(List<UnitName> units) {
    String names = units.stream().map(Systemctl::service).collect(Collectors.joining(" "));
    // What never failed cannot be reset, and need not.
    return Optional.of("systemctl reset-failed " + names + "; systemctl restart " + names);
  }

  @Override
  public String logSince(UnitName unit, Instant since, int maxBytes) {
    return journal.since(unit, since, maxBytes);
  }
}
