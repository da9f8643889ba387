package dev.uplift.service;

import dev.uplift.health.DowntimeMeter;
import dev.uplift.health.HealthChecks;
import dev.uplift.host.HostStep;
import dev.uplift.host.Redaction;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.Timeouts;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the guard and starts the tenant's units: all of them forward, backward those that were up
 * before the upgrade. Whether they work is for {@link CheckHealth} to say.
 *
 * <p>A new release that is refused is not started again. The old one is, until its health deadline:
 * there is nothing else to turn to, and by then it stands on its own, proven data.
 */
public final class StartServices implements HostStep {
  private static final Logger log = LoggerFactory.getLogger(StartServices.class);
  private static final int LOG_SHOWN_BYTES = 4 * 1024;

  /** Between two tries to start the old release. */
  static final Duration PAUSE = Duration.ofSeconds(1);

  private static final String BEFORE_RESUMED = "before it was resumed";

  private final ServiceManager services;
  private final Guard guard;
  private final DowntimeMeter meter;

  public StartServices(ServiceManager services, Guard guard, DowntimeMeter meter) {
    this.services = services;
    this.guard = guard;
    this.meter = meter;
  }

  @Override
  public StepResult run(StepInput input, StepContext context) {
    List<UnitName> units = unitsToStart(input, context.notes());
    try {
      if (input.direction() == Direction.FORWARD) {
        startNew(units, input, context);
      } else {
        startOld(units, input, context);
      }
    } catch (StepFailure failure) {
      meter.end(input.plan().upgradeId());
      throw failure;
    }
    return StepResult.of("Services started");
  }

  @Override
  public void resumed(StepContext context) {
    context.notes().put(bootKey(Direction.BACK), BEFORE_RESUMED);
  }

  private void startNew(List<UnitName> units, StepInput input, StepContext context) {
    List<UnitName> all = UnitName.of(input.plan().tenant(), input.plan().profile());
    noteStart(units, input, context);
    watch(input);
    guard.lower(all);
    try {
      for (UnitName unit : units) {
        start(unit, input, context);
      }
    } catch (StepFailure failure) {
      // What follows is turning back: until then nothing may start by itself.
      guard.raise(all, StopServices.guardReason(input));
      throw failure;
    }
  }

  private void startOld(List<UnitName> units, StepInput input, StepContext context) {
    long giveUpNanos = System.nanoTime() + profile(input).timeouts().healthDeadline().toNanos();
    if (context.notes().get(bootKey(Direction.BACK)).filter(BEFORE_RESUMED::equals).isPresent()) {
      // What they run with may have been mended since they were started.
      services.stop(units, profile(input).timeouts().stop());
    }
    guard.lower(UnitName.of(input.plan().tenant(), input.plan().profile()));
    watch(input);
    while (true) {
      try {
        startAll(units, input, context);
        return;
      } catch (StepFailure failure) {
        if (giveUpNanos - System.nanoTime() <= 0) {
          throw failure;
        }
        log.warn(
            "{}: {} It is tried again.",
            input.plan().tenant().id(),
            Redaction.of(failure.getMessage()));
      }
      context.cancellation().pause(PAUSE);
    }
  }

  /** Also those that come after one that is refused: what serves again, serves. */
  private void startAll(List<UnitName> units, StepInput input, StepContext context) {
    noteStart(units, input, context);
    StepFailure first = null;
    for (UnitName unit : units) {
      try {
        start(unit, input, context);
      } catch (StepFailure failure) {
        first = first == null ? failure : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private void start(UnitName unit, StepInput input, StepContext context) {
    context.cancellation().check();
    try {
      services.start(unit, profile(input).timeouts().healthDeadline(), context.cancellation());
    } catch (StepFailure refused) {
      throw explained(unit, refused, startedAt(input.direction(), context.notes()).orElseThrow());
    }
    context
        .notes()
        .put(incarnationKey(input.direction(), unit), services.state(unit).incarnation());
  }

  private StepFailure explained(UnitName unit, StepFailure refused, Instant since) {
    if (refused.kind() != FailureKind.START_FAILED) {
      return refused;
    }
    String logged = services.logSince(unit, since, LOG_SHOWN_BYTES);
    if (logged.isBlank()) {
      return refused;
    }
    Diagnosis diagnosis = Diagnosis.of(refused.kind(), logged);
    boolean explains = !diagnosis.advice().equals(Diagnosis.advice(refused.kind()));
    return new StepFailure(
        diagnosis.kind(),
        refused.getMessage() + " " + diagnosis.line(),
        refused.evidence() == null ? logged : refused.evidence() + "\n" + logged,
        explains ? diagnosis.advice() : refused.advice(),
        refused);
  }

  // The deadline and the logs count from the first attempt, unless that started nothing, a person
  // had the tenant in hand or the machine was restarted since: then systemd has started units anew.
  private void noteStart(List<UnitName> units, StepInput input, StepContext context) {
    Direction direction = input.direction();
    String boot = RunRecord.currentBootId();
    boolean ofThisBoot =
        context.notes().get(bootKey(direction)).map(boot::equals).orElse(true)
            && startedAt(direction, context.notes()).isPresent();
    if (!ofThisBoot || units.stream().noneMatch(unit -> services.state(unit).running())) {
      context.notes().put(startedAtKey(direction), Long.toString(System.currentTimeMillis()));
      context.notes().put(bootKey(direction), boot);
    }
  }

  private void watch(StepInput input) {
    AppProfile profile = profile(input);
    Timeouts timeouts = profile.timeouts();
    meter.watchComingUp(
        input.plan().upgradeId(),
        HealthChecks.filled(input.plan().tenant(), profile),
        timeouts.probe(),
        timeouts.healthDeadline());
  }

  /** The profile of the release that runs after this direction. */
  static AppProfile profile(StepInput input) {
    return input.direction() == Direction.FORWARD ? input.to().profile() : input.from().profile();
  }

  /** The units that run after this direction, in the order in which they are started. */
  static List<UnitName> unitsToStart(StepInput input, StepContext.Notes notes) {
    return input.direction() == Direction.FORWARD
        ? UnitName.of(input.plan().tenant(), profile(input))
        : StopServices.wereUp(input, notes::get);
  }

  static Optional<Instant> startedAt(Direction direction, StepContext.Notes notes) {
    return notes.get(startedAtKey(direction)).map(Long::parseLong).map(Instant::ofEpochMilli);
  }

  static Optional<String> incarnation(Direction direction, UnitName unit, StepContext.Notes notes) {
    return notes.get(incarnationKey(direction, unit));
  }

  private static String startedAtKey(Direction direction) {
    return "started_at_ms." + name(direction);
  }

  /** In which boot that was. */
  private static String bootKey(Direction direction) {
    return "started_in_boot." + name(direction);
  }

  private static String incarnationKey(Direction direction, UnitName unit) {
    return "incarnation." + name(direction) + "." + unit;
  }

  private static String name(Direction direction) {
    return direction.name().toLowerCase(Locale.ROOT);
  }
}
