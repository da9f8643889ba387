package dev.uplift.service;

import dev.uplift.health.DowntimeMeter;
import dev.uplift.health.HealthChecks;
import dev.uplift.host.HostStep;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.Timeouts;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Removes the guard and starts the tenant's units: all of them forward, backward those that ran
 * before the upgrade. Whether they work is for {@link CheckHealth} to say.
 */
public final class StartServices implements HostStep {
  private static final int LOG_SHOWN_BYTES = 4 * 1024;
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
    List<UnitName> units = unitsToStart(input);
    noteStart(units, input, context);
    watch(input);
    List<UnitName> all = UnitName.of(input.plan().tenant(), input.plan().profile());
    guard.lower(all);
    try {
      for (UnitName unit : units) {
        context.cancellation().check();
        start(unit, input, context);
      }
    } catch (StepFailure failure) {
      // What follows is turning back, or a person: until then nothing may start by itself.
      guard.raise(all, StopServices.guardReason(input));
      meter.end(input.plan().upgradeId());
      throw failure;
    }
    return StepResult.of("Services started");
  }

  private void start(UnitName unit, StepInput input, StepContext context) {
    try {
      services.start(unit);
    } catch (StepFailure refused) {
      throw explained(unit, refused, startedAt(input.direction(), context.notes()).orElseThrow());
    }
    context
        .notes()
        .put(incarnationKey(input.direction(), unit), services.state(unit).incarnation());
  }

  private StepFailure explained(UnitName unit, StepFailure refused, Instant since) {
    String log = services.logSince(unit, since, LOG_SHOWN_BYTES);
    if (refused.kind() != FailureKind.START_FAILED || log.isBlank()) {
      return refused;
    }
    Diagnosis diagnosis = Diagnosis.of(refused.kind(), log);
    boolean explains = !diagnosis.advice().equals(Diagnosis.advice(refused.kind()));
    return new StepFailure(
        diagnosis.kind(),
        refused.getMessage() + " " + diagnosis.line(),
        refused.evidence() == null ? log : refused.evidence() + "\n" + log,
        explains ? diagnosis.advice() : refused.advice(),
        refused);
  }

  // The deadline and the logs count from the first attempt, unless that started nothing.
  private void noteStart(List<UnitName> units, StepInput input, StepContext context) {
    boolean someRun = units.stream().anyMatch(unit -> services.state(unit).running());
    if (!someRun || startedAt(input.direction(), context.notes()).isEmpty()) {
      context
          .notes()
          .put(startedAtKey(input.direction()), Long.toString(System.currentTimeMillis()));
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
  static List<UnitName> unitsToStart(StepInput input) {
    List<UnitName> all = UnitName.of(input.plan().tenant(), profile(input));
    return input.direction() == Direction.FORWARD
        ? all
        : all.stream().filter(unit -> input.from().running().contains(unit.value())).toList();
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

  private static String incarnationKey(Direction direction, UnitName unit) {
    return "incarnation." + name(direction) + "." + unit;
  }

  private static String name(Direction direction) {
    return direction.name().toLowerCase(Locale.ROOT);
  }
}
