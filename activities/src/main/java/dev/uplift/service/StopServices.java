package dev.uplift.service;

import dev.uplift.command.CommandLock;
import dev.uplift.command.ProcessTree;
import dev.uplift.health.DowntimeMeter;
import dev.uplift.health.HealthChecks;
import dev.uplift.host.Cancellation;
import dev.uplift.host.HostStep;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.profile.Timeouts;
import dev.uplift.service.UnitProcesses.Member;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Guards the tenant's units, stops them and proves that nothing of the tenant runs: no process of a
 * unit is left, and nobody has the database open.
 */
public final class StopServices implements HostStep {
  /** When a client had the last good answer, in milliseconds since 1970; absent if never. */
  static final String LAST_GOOD = "last_good";

  /** The units that were up when they were stopped, with a space between them. */
  static final String WERE_UP = "were_up";

  private static final Duration STRAGGLER_PATIENCE = Duration.ofSeconds(5);
  private static final Duration STRAGGLER_POLL = Duration.ofMillis(20);
  private final ServiceManager services;
  private final Guard guard;
  private final DowntimeMeter meter;

  public StopServices(ServiceManager services, Guard guard, DowntimeMeter meter) {
    this.services = services;
    this.guard = guard;
    this.meter = meter;
  }

  @Override
  public StepResult run(StepInput input, StepContext context) {
    List<UnitName> units = UnitName.of(input.plan().tenant(), input.plan().profile());
    if (input.direction() == Direction.FORWARD) {
      noteWhatIsUp(units, input, context);
    }
    guard.raise(units, guardReason(input));
    meter.end(input.plan().upgradeId());
    if (input.direction() == Direction.FORWARD) {
      return stopMeasured(units, input, context);
    }
    return stop(units, input, context);
  }

  // Anew, since the inspection may be an hour old; and only by the first attempt, since a later one
  // finds down what that one stopped.
  private void noteWhatIsUp(List<UnitName> units, StepInput input, StepContext context) {
    if (context.notes().get(WERE_UP).isPresent()) {
      return;
    }
    List<String> up = units.stream().filter(services::isUp).map(UnitName::value).toList();
    if (!up.containsAll(input.from().running()) && services.isGoingDown()) {
      throw new StepCancelled("the machine goes down");
    }
    context.notes().put(WERE_UP, String.join(" ", up));
  }

  /**
   * The units that were up when they were stopped; as long as they were not, those that were up
   * when the tenant was inspected.
   */
  public static List<UnitName> wereUp(StepInput input, Function<String, Optional<String>> notes) {
    List<String> up =
        notes.apply(WERE_UP).map(names -> List.of(names.split(" "))).orElse(input.from().running());
    return UnitName.of(input.plan().tenant(), input.from().profile()).stream()
        .filter(unit -> up.contains(unit.value()))
        .toList();
  }

  private StepResult stopMeasured(List<UnitName> units, StepInput input, StepContext context) {
    Timeouts timeouts = input.from().profile().timeouts();
    Duration limit = timeouts.stop().multipliedBy(units.size()).plus(STRAGGLER_PATIENCE);
    try (DowntimeMeter.GoingDown watch =
        meter.watchGoingDown(
            HealthChecks.filled(input.plan().tenant(), input.from().profile()),
            timeouts.probe(),
            limit)) {
      // Before the stop, in case this worker does not live to note it afterwards.
      noteLastGood(watch, context);
      try {
        return stop(units, input, context);
      } finally {
        noteLastGood(watch, context);
      }
    }
  }

  // A repeated attempt may find services down that the first one saw answering: then what the first
  // one noted is nearer to the truth.
  private static void noteLastGood(DowntimeMeter.GoingDown watch, StepContext context) {
    boolean noted = context.notes().get(LAST_GOOD).isPresent();
    Optional<Instant> lastGood = watch.lastGood();
    if (lastGood.isPresent() && (!noted || watch.allAnswered())) {
      context.notes().put(LAST_GOOD, LastGood.now().earlier(lastGood.get()).note());
    }
  }

  private StepResult stop(List<UnitName> units, StepInput input, StepContext context) {
    context.cancellation().check();
    services.stop(units, input.from().profile().timeouts().stop());
    for (UnitName unit : units) {
      if (services.state(unit).running()) {
        throw new StepFailure(
            FailureKind.STOP_FAILED,
            unit + " runs again after it was stopped.",
            null,
            "Find out who starts it: its guard is raised, so it was not the service manager.");
      }
    }
    int unreadable =
        proveDatabaseClosed(
            TenantPaths.of(input.plan().tenant(), input.plan().profile()).database(),
            new CommandLock(context.paths().preparationLock(input.plan().tenant().id())));
    StepResult result = StepResult.of("Services stopped");
    return unreadable == 0
        ? result
        : result.withOutput(
            "Whether "
                + unreadable
                + " processes of other users have the database open could not be seen.");
  }

  /**
   * @param preparation held by what only read the database: somebody's check that began just
   *     before, or what a killed worker left
   * @return how many processes could not be looked at
   */
  private static int proveDatabaseClosed(Path database, CommandLock preparation) {
    List<Path> files = databaseFiles(database);
    ProcessTree.Holders holders = ProcessTree.holdersOf(files);
    if (!holders.pids().isEmpty()) {
      preparation.endHolders();
      holders = ProcessTree.holdersOf(files);
    }
    long giveUpNanos = System.nanoTime() + STRAGGLER_PATIENCE.toNanos();
    while (!holders.pids().isEmpty() && giveUpNanos - System.nanoTime() > 0) {
      Cancellation.NEVER.pause(STRAGGLER_POLL);
      holders = ProcessTree.holdersOf(files);
    }
    if (!holders.pids().isEmpty()) {
      throw new StepFailure(
          FailureKind.STOP_FAILED,
          "The services are stopped, but somebody else has " + database + " open.",
          holders.pids().stream().map(Member::describe).collect(Collectors.joining("\n")),
          "End these processes, or wait until they are done, and upgrade again.");
    }
    return holders.unreadable();
  }

  // Open files are known to the kernel by their real paths.
  private static List<Path> databaseFiles(Path database) {
    try {
      Path real =
          Files.exists(database)
              ? database.toRealPath()
              : database.getParent().toRealPath().resolve(database.getFileName());
      return Stream.of("", "-wal", "-shm", "-journal")
          .map(suffix -> real.resolveSibling(real.getFileName() + suffix))
          .toList();
    } catch (java.nio.file.NoSuchFileException noDirectory) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String guardReason(StepInput input) {
    return "upgrade "
        + input.plan().upgradeId()
        + " of tenant "
        + input.plan().tenant().id()
        + " to "
        + input.to().tag()
        + (input.direction() == Direction.FORWARD ? "" : ", turning back")
        + "\nThis file keeps the unit from being started while its data is being changed.\n";
  }
}
