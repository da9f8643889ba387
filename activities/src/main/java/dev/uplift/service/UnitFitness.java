package dev.uplift.service;

import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Whether a systemd unit can be upgraded: stopped, kept down, and started again as it was. */
final class UnitFitness {
  private static final String PREPARE = "Run `uplift host prepare` as root on this host.";

  private final UnitName unit;
  private final UnitProperties properties;

  UnitFitness(UnitName unit, UnitProperties properties) {
    this.unit = unit;
    this.properties = properties;
  }

  void requireLoaded() {
    String message =
        switch (properties.loadState()) {
          case "loaded" -> null;
          case "not-found" -> "There is no unit " + unit + ".service on this host.";
          case "masked" -> unit + ".service is masked, so nobody can start it.";
          case "bad-setting" -> unit + ".service has a bad setting, so systemd refuses it.";
          default -> unit + ".service could not be loaded: " + properties.loadState() + ".";
        };
    if (message == null) {
      return;
    }
    String advice =
        switch (properties.loadState()) {
          case "not-found" ->
              "Define it in /etc/systemd/system and run `systemctl daemon-reload`, or correct the"
                  + " profile's services.";
          case "masked" -> "Unmask it with `systemctl unmask " + unit + ".service`.";
          default ->
              "See `systemd-analyze verify "
                  + unit
                  + ".service`, mend it and run `systemctl daemon-reload`.";
        };
    String error = properties.get("LoadError");
    throw new StepFailure(
        FailureKind.UNIT_MISSING, message, error.isEmpty() ? null : error, advice);
  }

  /** What was changed on disk would only take effect, or cease to, when nobody expects it. */
  void requireReloaded() {
    if (properties.get("NeedDaemonReload").equals("yes")) {
      throw new StepFailure(
          FailureKind.HOST_UNPREPARED,
          unit + ".service was changed on disk and systemd has not read it again.",
          "NeedDaemonReload=yes",
          "Run `systemctl daemon-reload` as root.");
    }
  }

  /** What may be started and stopped by another unit only is not the worker's to upgrade. */
  void requireOnRequest() {
    List<String> refusals =
        Stream.of("RefuseManualStart=yes", "RefuseManualStop=yes", "CanStart=no", "CanStop=no")
            .filter(this::says)
            .toList();
    if (!refusals.isEmpty()) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "systemd neither starts nor stops "
              + unit
              + ".service on request, or only one of both, so it cannot be upgraded.",
          String.join(", ", refusals),
          "Take RefuseManualStart= and RefuseManualStop= out of the unit and run `systemctl"
              + " daemon-reload`, or take it out of the profile's services.");
    }
  }

  private boolean says(String setting) {
    int equals = setting.indexOf('=');
    return properties.get(setting.substring(0, equals)).equals(setting.substring(equals + 1));
  }

  /**
   * @param isWorkersUser whether a user of this name is the one that the worker runs as
   */
  void requireUser(Predicate<String> isWorkersUser) {
    String user = properties.get("User").isEmpty() ? "root" : properties.get("User");
    boolean dynamic = properties.get("DynamicUser").equals("yes");
    if (dynamic || !isWorkersUser.test(user)) {
      throw new StepFailure(
          FailureKind.WRONG_OWNER,
          unit + ".service runs as another user than this worker.",
          "User=" + user + (dynamic ? ", DynamicUser=yes" : ""),
          "Let the unit run as the owner of the checkout, and a worker with a host name of its own"
              + " as that user.");
    }
  }

  /**
   * @param guards the directory in which a file named after the unit must keep it from starting
   */
  void requireGuard(List<Systemctl.Assertion> assertions, Path guards) {
    List<Path> guarded =
        assertions.stream()
            .filter(one -> one.type().equals("AssertPathExists") && one.negated())
            .map(one -> Path.of(one.parameter()))
            .filter(file -> file.endsWith(unit.value()))
            .toList();
    if (guarded.stream().anyMatch(file -> isSame(file.getParent(), guards))) {
      return;
    }
    if (guarded.isEmpty()) {
      throw new StepFailure(
          FailureKind.HOST_UNPREPARED,
          "Nothing would keep " + unit + ".service from being started in the middle of an upgrade.",
          "drop-ins: " + properties.get("DropInPaths"),
          PREPARE);
    }
    throw new StepFailure(
        FailureKind.HOST_UNPREPARED,
        "The guard of " + unit + ".service is not in the state directory of this worker.",
        "the unit looks for " + guarded + ", this worker writes to " + guards,
        PREPARE);
  }

  private static boolean isSame(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException notThere) {
      return false;
    }
  }

  /**
   * A timer would fail once and is none the worse for it. A socket goes on accepting, is given up
   * by systemd when the unit does not start, and nobody would start it again.
   */
  void requireNoTrigger(Predicate<String> isActive) {
    List<String> triggers =
        properties.triggers().stream()
            .filter(trigger -> !trigger.endsWith(".timer"))
            .filter(isActive)
            .toList();
    if (!triggers.isEmpty()) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          unit + ".service is started by " + String.join(", ", triggers) + " whenever it is down.",
          "TriggeredBy=" + properties.get("TriggeredBy"),
          "Let the service open its port itself, and disable "
              + String.join(", ", triggers)
              + ": units that are started on demand cannot be upgraded.");
    }
  }

  /**
   * @param isOfTenant whether a unit is one of those that are upgraded, and so started again
   */
  void requireStopsNobodyElse(Predicate<String> isOfTenant, Predicate<String> isActive) {
    List<String> others =
        properties.stoppedAlong().stream().filter(isOfTenant.negate()).filter(isActive).toList();
    if (!others.isEmpty()) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "To stop "
              + unit
              + ".service would stop "
              + String.join(", ", others)
              + " too, and nothing would start it again.",
          "units that require it, are bound to it or part of it: " + properties.stoppedAlong(),
          "Add it to the profile's services, or let it only want "
              + unit
              + ".service (Wants= instead of Requires=).");
    }
  }

  /**
   * @param patience how long it will be given to stop
   */
  List<String> warnings(Duration patience) {
    List<String> warnings = new ArrayList<>();
    Optional<Duration> timeout = properties.stopTimeout();
    if (timeout.isEmpty() || timeout.get().compareTo(patience) > 0) {
      warnings.add(
          unit
              + ".service may take longer to stop ("
              + timeout.map(limit -> limit.toSeconds() + " s").orElse("for ever")
              + ") than the profile's timeouts.stop, after which it is killed ("
              + patience.toSeconds()
              + " s).");
    }
    String killMode = properties.get("KillMode");
    if (killMode.equals("process") || killMode.equals("none")) {
      warnings.add(
          unit
              + ".service leaves processes behind when it is stopped (KillMode="
              + killMode
              + "): they are waited for and then killed.");
    }
    return warnings;
  }

  /** What systemd said when the worker asked for what is so already: running or down. */
  static void requireAllowed(List<UnitName> units, Systemctl.Outcome outcome) {
    if (outcome.isDenied()) {
      throw new StepFailure(
          FailureKind.HOST_UNPREPARED,
          "This worker may not start and stop the units of the tenant.",
          "units: " + units + "\n" + outcome.errors(),
          PREPARE);
    }
    if (!outcome.succeeded()) {
      throw new StepFailure(
          FailureKind.HOST_UNPREPARED,
          outcome.gaveUp()
              ? "systemd did not answer when it was asked to leave units of the tenant as they are."
              : "systemd refused when it was asked to leave units of the tenant as they are.",
          "units: " + units + "\n" + outcome.errors(),
          "Try `systemctl start` with those that run, which changes nothing, and mend what it says.");
    }
  }
}
