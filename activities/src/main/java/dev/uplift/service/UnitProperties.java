package dev.uplift.service;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What systemd says of a unit, as {@code systemctl show} prints it. */
record UnitProperties(Map<String, String> values) {
  /** What is asked for. */
  static final List<String> NAMES =
      List.of(
          "Id",
          "LoadState",
          "LoadError",
          "ActiveState",
          "SubState",
          "Result",
          "MainPID",
          "NRestarts",
          "InvocationID",
          "ControlGroup",
          "ExecMainCode",
          "ExecMainStatus",
          "User",
          "DynamicUser",
          "KillMode",
          "CanStart",
          "CanStop",
          "RefuseManualStart",
          "RefuseManualStop",
          "TimeoutStartUSec",
          "TimeoutStopUSec",
          "NeedDaemonReload",
          "DropInPaths",
          "TriggeredBy",
          "RequiredBy",
          "RequisiteOf",
          "BoundBy",
          "ConsistsOf",
          "PropagatesStopTo");

  /** As {@code CLD_EXITED} and {@code CLD_KILLED} in {@code ExecMainCode}. */
  private static final String EXITED = "1";

  private static final String KILLED = "2";

  private static final Pattern SPAN = Pattern.compile("(\\d+(?:\\.\\d+)?)([a-z]+)");
  private static final Map<String, Double> SECONDS =
      Map.of(
          "us",
          1e-6,
          "ms",
          1e-3,
          "s",
          1.0,
          "min",
          60.0,
          "h",
          3600.0,
          "d",
          86400.0,
          "w",
          604800.0,
          "month",
          2629800.0,
          "y",
          31557600.0);

  /** What systemd takes to end what did not come up in time. */
  private static final Duration VERDICT = Duration.ofSeconds(10);

  UnitProperties {
    values = Map.copyOf(values);
  }

  /** Reads the units of one output, which stand in the order in which they were asked for. */
  static List<UnitProperties> parse(String shown) {
    List<UnitProperties> units = new ArrayList<>();
    Map<String, String> values = new HashMap<>();
    // A unit ends with an empty line, the last one with the end.
    for (String line : (shown.stripTrailing() + "\n\n").split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        values.put(line.substring(0, equals), line.substring(equals + 1));
      } else if (line.isEmpty() && !values.isEmpty()) {
        units.add(new UnitProperties(values));
        values = new HashMap<>();
      }
    }
    return units;
  }

  String get(String name) {
    return values.getOrDefault(name, "");
  }

  private long number(String name) {
    String value = get(name);
    return value.matches("\\d+") ? Long.parseLong(value) : 0;
  }

  private List<String> words(String name) {
    return get(name).isEmpty() ? List.of() : List.of(get(name).split(" +"));
  }

  String loadState() {
    return get("LoadState");
  }

  String activeState() {
    return get("ActiveState");
  }

  String controlGroup() {
    return get("ControlGroup");
  }

  long mainPid() {
    return number("MainPID");
  }

  /** The units that start this one when something happens: sockets, timers, paths. */
  List<String> triggers() {
    return words("TriggeredBy");
  }

  /** The units that systemd stops together with this one. */
  List<String> stoppedAlong() {
    return Stream.of("RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo")
        .flatMap(name -> words(name).stream())
        .distinct()
        .toList();
  }

  /** After which systemd kills what does not stop; empty if never. */
  Optional<Duration> stopTimeout() {
    return limit("TimeoutStopUSec");
  }

  /**
   * How long it may take to come up, so that systemd's own verdict comes first.
   *
   * @param given what it gets if it does not ask for more
   * @param longest what it may ask for; one that asks for ever gets what is given
   */
  Duration startPatience(Duration given, Duration longest) {
    return limit("TimeoutStartUSec")
        .map(asked -> asked.compareTo(longest) > 0 ? longest : asked)
        .map(asked -> asked.plus(VERDICT))
        .filter(asked -> asked.compareTo(given) > 0)
        .orElse(given);
  }

  private Optional<Duration> limit(String name) {
    String value = get(name);
    return value.isEmpty() || value.equals("infinity")
        ? Optional.empty()
        : Optional.of(span(value));
  }

  private static Duration span(String text) {
    double seconds = 0;
    for (Matcher part = SPAN.matcher(text); part.find(); ) {
      seconds +=
          Double.parseDouble(part.group(1)) * SECONDS.getOrDefault(part.group(2), Double.NaN);
    }
    return Duration.ofMillis(Math.round(seconds * 1000));
  }

  /**
   * Whether it serves or is about to. One that waits to be started again after it died does not.
   */
  boolean isRunning() {
    return switch (activeState()) {
      case "active", "reloading" -> true;
      case "activating" -> mainPid() != 0;
      default -> false;
    };
  }

  /**
   * Whether it serves or would by and by if nobody touched it: also one that waits to be started
   * again, or ends just now, which is what it does before that. One that a person stops this very
   * moment is taken for up, too: to start it again does less harm than to leave one down.
   */
  boolean isUp() {
    return switch (activeState()) {
      case "active", "reloading", "refreshing", "activating", "deactivating" -> true;
      default -> false;
    };
  }

  /**
   * Whether systemd is done with it; processes may still be left in its control group. A unit that
   * had to be killed is {@code failed} then.
   */
  boolean isEnded() {
    return mainPid() == 0 && (activeState().equals("inactive") || activeState().equals("failed"));
  }

  ServiceManager.ServiceState state() {
    boolean waitsForRestart = get("SubState").startsWith("auto-restart");
    int restarts = (int) number("NRestarts") + (waitsForRestart ? 1 : 0);
    return new ServiceManager.ServiceState(
        isRunning(),
        isRunning() && mainPid() != 0 ? Optional.of(mainPid()) : Optional.empty(),
        get("InvocationID") + "#" + get("NRestarts"),
        restarts,
        isRunning() ? null : ending());
  }

  private String ending() {
    String status = get("ExecMainStatus");
    return switch (get("ExecMainCode")) {
      case EXITED -> "exit status " + status;
      case KILLED -> "signal " + status;
      default -> get("Result").isEmpty() ? null : "result " + get("Result");
    };
  }

  /** All that tells what became of it, in a line. */
  String describe() {
    List<String> parts = new ArrayList<>();
    for (String name :
        List.of(
            "LoadState",
            "ActiveState",
            "SubState",
            "Result",
            "ExecMainStatus",
            "NRestarts",
            "MainPID")) {
      parts.add(name + "=" + get(name));
    }
    return get("Id") + ": " + String.join(" ", parts);
  }
}
