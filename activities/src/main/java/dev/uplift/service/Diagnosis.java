package dev.uplift.service;

import dev.uplift.upgrade.FailureKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a service's log says about why it does not run.
 *
 * @param kind the given kind, or a more exact one
 * @param line the line that says it; null if none does
 */
record Diagnosis(FailureKind kind, String line) {
  /** An error that was fatal is near the end; one far above was survived. */
  private static final int LINES_READ = 60;

  private static final int LINE_SHOWN = 300;

  private static final Pattern MISSING_DEPENDENCY =
      Pattern.compile(
          "ModuleNotFoundError|ImportError: No module|Cannot find module|ClassNotFoundException"
              + "|NoClassDefFoundError|Class \".*\" not found");
  private static final Pattern PORT_CONFLICT =
      Pattern.compile("EADDRINUSE|address already in use|errno 98\\b", Pattern.CASE_INSENSITIVE);

  /** What systemd says when it could not even begin to run the program. */
  private static final Pattern NEVER_RAN =
      Pattern.compile("Failed at step ([A-Z_]+) spawning|status=2\\d\\d/([A-Z_]+)");

  private static final Pattern ENDED =
      Pattern.compile("process exited|timed out|asserts failed|journal");

  static Diagnosis of(FailureKind given, String log) {
    List<String> all = log.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    List<String> newestFirst = new ArrayList<>(all.subList(firstRead(all), all.size()));
    Collections.reverse(newestFirst);
    for (String line : newestFirst) {
      Optional<FailureKind> found = classify(line);
      if (found.isPresent()) {
        return new Diagnosis(found.get(), shown(line));
      }
    }
    Optional<String> neverRan =
        newestFirst.stream()
            .filter(line -> isBySystemd(line) && NEVER_RAN.matcher(line).find())
            .max(Comparator.comparing(line -> line.contains("Failed at step")));
    if (neverRan.isPresent()) {
      return new Diagnosis(FailureKind.START_FAILED, shown(neverRan.get()));
    }
    // What the service itself said last tells more than that it exited.
    Optional<String> last =
        first(newestFirst, line -> !isBySystemd(line))
            .or(() -> first(newestFirst, line -> ENDED.matcher(line).find()))
            .or(() -> first(newestFirst, line -> true));
    return new Diagnosis(given, last.map(Diagnosis::shown).orElse(null));
  }

  private static Optional<String> first(List<String> lines, Predicate<String> isWanted) {
    return lines.stream().filter(isWanted).findFirst();
  }

  private static int firstRead(List<String> lines) {
    return Math.max(0, lines.size() - LINES_READ);
  }

  private static boolean isBySystemd(String line) {
    return line.startsWith(UnitJournal.BY_SYSTEMD);
  }

  private static Optional<FailureKind> classify(String line) {
    if (MISSING_DEPENDENCY.matcher(line).find()) {
      return Optional.of(FailureKind.MISSING_DEPENDENCY);
    }
    return PORT_CONFLICT.matcher(line).find()
        ? Optional.of(FailureKind.PORT_CONFLICT)
        : Optional.empty();
  }

  private static String shown(String logged) {
    String line = isBySystemd(logged) ? logged.substring(UnitJournal.BY_SYSTEMD.length()) : logged;
    return line.length() <= LINE_SHOWN ? line : line.substring(0, LINE_SHOWN) + "…";
  }

  /** What to do about it. */
  String advice() {
    Matcher step = NEVER_RAN.matcher(line == null ? "" : line);
    if (kind != FailureKind.START_FAILED || !step.find()) {
      return advice(kind);
    }
    return switch (step.group(1) == null ? step.group(2) : step.group(1)) {
      case "EXEC" ->
          "The program of the unit's ExecStart= is not there or cannot be executed. If the release"
              + " or its requirements no longer have it, mend the unit or the release.";
      case "USER", "GROUP" ->
          "The user or group of the unit does not exist: correct User= and Group=, then run"
              + " `systemctl daemon-reload`.";
      case "CHDIR" ->
          "The unit's WorkingDirectory= is not there or may not be entered by its user.";
      case "NAMESPACE" ->
          "A path that the unit's ReadWritePaths=, BindPaths= and the like name is not there.";
      default -> "Look the step up in systemd.exec(5), under `Process Exit Codes`.";
    };
  }

  static String advice(FailureKind kind) {
    return switch (kind) {
      case MISSING_DEPENDENCY ->
          "Add the module to the release's requirements, tag a new release and upgrade to that.";
      case PORT_CONFLICT ->
          "Find what listens there with `ss -ltnp`; end it, or give the tenant another port.";
      case CRASH_LOOP ->
          "The service comes up and dies: its log says why. Mend the release and tag a new one.";
      case UNHEALTHY ->
          "Compare what the checks saw with the profile's health section; if the service only"
              + " needs longer, raise timeouts.health_deadline.";
      default -> "The service's log and its unit's definition say why it does not start.";
    };
  }
}
