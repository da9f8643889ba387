package dev.uplift.service;

import dev.uplift.upgrade.FailureKind;
import java.util.List;
import java.util.Optional;
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

  static Diagnosis of(FailureKind given, String log) {
    List<String> lines = log.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    for (int i = lines.size() - 1; i >= Math.max(0, lines.size() - LINES_READ); i--) {
      Optional<FailureKind> found = classify(lines.get(i));
      if (found.isPresent()) {
        return new Diagnosis(found.get(), shown(lines.get(i)));
      }
    }
    return new Diagnosis(given, lines.isEmpty() ? null : shown(lines.get(lines.size() - 1)));
  }

  private static Optional<FailureKind> classify(String line) {
    if (MISSING_DEPENDENCY.matcher(line).find()) {
      return Optional.of(FailureKind.MISSING_DEPENDENCY);
    }
    return PORT_CONFLICT.matcher(line).find()
        ? Optional.of(FailureKind.PORT_CONFLICT)
        : Optional.empty();
  }

  private static String shown(String line) {
    return line.length() <= LINE_SHOWN ? line : line.substring(0, LINE_SHOWN) + "…";
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
