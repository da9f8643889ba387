package dev.uplift.prepare;

import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a user may do to units of systemd: start, stop, restart and reset exactly these.
 *
 * @param units without {@code .service}
 */
record PolkitRule(String user, SortedSet<String> units) {
  private static final Pattern UNITS =
      Pattern.compile("^var UPLIFT_UNITS = \\[([^\\]]*)\\];$", Pattern.MULTILINE);
  private static final Pattern UNIT = Pattern.compile("\"([^\"\\\\]+)\\.service\"");
  private static final Pattern USER = Pattern.compile("subject\\.user == \"([^\"\\\\]+)\"");

  PolkitRule {
    units = new TreeSet<>(units);
  }

  /** Reads a rule that was written by {@link #text}; empty if it was not. */
  static Optional<PolkitRule> parse(String text) {
    Matcher units = UNITS.matcher(text);
    Matcher user = USER.matcher(text);
    if (!units.find() || !user.find()) {
      return Optional.empty();
    }
    return Optional.of(
        new PolkitRule(
            user.group(1),
            UNIT.matcher(units.group(1))
                .results()
                .map(unit -> unit.group(1))
                .collect(Collectors.toCollection(TreeSet::new))));
  }

  String text() {
    String names =
        units.stream().map(unit -> "  \"" + unit + ".service\"").collect(Collectors.joining(",\n"));
    return """
        // Written by 'uplift host prepare': lets the worker do to the tenants' units what an upgrade needs, and nothing
        // to any other.
        var UPLIFT_UNITS = [
        %s
        ];
        var UPLIFT_VERBS = ["start", "stop", "restart", "reset-failed"];

        polkit.addRule(function(action, subject) {
          if (action.id == "org.freedesktop.systemd1.manage-units" &&
              subject.user == %s &&
              UPLIFT_UNITS.indexOf(action.lookup("unit")) >= 0 &&
              UPLIFT_VERBS.indexOf(action.lookup("verb")) >= 0) {
            return polkit.Result.YES;
          }
        });
        """
        .formatted(names, WorkerSettings.quoted(user));
  }
}
