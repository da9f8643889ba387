package dev.uplift.faults;

import static dev.uplift.faults.Injection.FAILURE;
import static dev.uplift.faults.Injection.KILL;
import static dev.uplift.faults.Injection.POWER_CUT;
import static dev.uplift.upgrade.UpgradeStatus.NEEDS_ATTENTION;
import static dev.uplift.upgrade.UpgradeStatus.REJECTED;
import static dev.uplift.upgrade.UpgradeStatus.ROLLED_BACK;
import static dev.uplift.upgrade.UpgradeStatus.SUCCESS;

import dev.uplift.upgrade.UpgradeStatus;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that is known to go wrong with an upgrade, what is promised to come of it, and the classes
 * that bring it about. What is in here and has no case fails the build.
 */
final class FaultMatrix {
  /** Each has a {@code static Stream<FaultCase> cases()}, which injects nothing. */
  static final List<Class<?>> CASES =
      List.of(
          PreparationFaultsIT.class,
          CutoverFaultsIT.class,
          MomentFaultsIT.class,
          WayBackFaultsIT.class,
          PowerCutFaultsIT.class,
          MigrationFaultsIT.class,
          ReleaseFaultsIT.class,
          RestoreFaultsIT.class,
          FullDiskFaultsIT.class,
          ClockFaultsIT.class,
          EngineFaultsIT.class,
          MachineFaultsIT.class,
          SecretFaultsIT.class);

  /** The rows that nothing brings about, and why not. */
  static final SortedMap<Integer, String> WITHOUT_CASES = withoutCases();

  static final List<Row> ROWS =
      List.of(
          row(1, "request", "a tenant or a tag that is no name", "no process is started")
              .by(FAILURE)
              .ends(REJECTED),
          row(2, "request", "a second upgrade of the tenant", "is told of the first")
              .by(FAILURE)
              .ends(REJECTED),
          row(3, "resolve", "a tag that is missing, or is a branch", "only tags are taken")
              .by(FAILURE)
              .ends(REJECTED, SUCCESS),
          row(4, "resolve", "a tag that moved since it was planned", "both commits are shown")
              .by(FAILURE)
              .ends(REJECTED),
          row(5, "fetch", "an upstream that is down, hangs or refuses", "without its secrets")
              .by(FAILURE)
              .ends(REJECTED),
          row(6, "fetch", "a locked ref, a missing refspec or remote", "converges")
              .by(FAILURE)
              .ends(SUCCESS),
          row(7, "preflight", "a checkout that somebody changed", "each file is named")
              .by(FAILURE)
              .ends(REJECTED),
          row(8, "preflight", "a release that brings what is the tenant's own", "each is named")
              .by(FAILURE)
              .ends(REJECTED),
          row(9, "preflight", "a disk that is too small", "with the numbers")
              .by(FAILURE)
              .ends(REJECTED),
          row(10, "preflight", "a database that is none, or another's", "with the reason")
              .by(FAILURE)
              .ends(REJECTED),
          row(11, "preflight", "a tenant that is unhealthy already", "unless it is forced")
              .by(FAILURE)
              .ends(REJECTED, SUCCESS),
          row(12, "dependencies", "an installer that fails or is killed", "no set is half made")
              .by(FAILURE, KILL)
              .ends(REJECTED, SUCCESS),
          row(13, "rehearsal", "migrations that fail, hang or break the database", "with the log")
              .by(FAILURE)
              .ends(REJECTED),
          row(14, "stop", "a service that ignores SIGTERM", "what is in its WAL is kept")
              .by(FAILURE)
              .ends(SUCCESS),
          row(15, "stop", "killed while services stop", "converges").by(KILL).ends(SUCCESS),
          row(16, "stop", "a unit that does not stop, or is missing", "missing: before the stop")
              .by(FAILURE)
              .ends(ROLLED_BACK, REJECTED),
          row(17, "stop", "a stranger has the database open", "nothing is copied")
              .by(FAILURE)
              .ends(ROLLED_BACK),
          row(18, "stop", "the host restarts when services are stopped", "the guard holds")
              .by(POWER_CUT)
              .ends(ROLLED_BACK),
          row(19, "backup", "killed while it copies", "the part is thrown away")
              .by(KILL)
              .ends(SUCCESS),
          row(20, "backup", "no room, or a disk that fails", "the part is removed")
              .by(FAILURE)
              .ends(ROLLED_BACK),
          row(21, "backup", "before its directory is on the disk", "not taken for done")
              .by(POWER_CUT)
              .ends(ROLLED_BACK, SUCCESS),
          row(22, "backup", "a copy that is short, empty or altered", "found when it is read back")
              .by(FAILURE)
              .ends(ROLLED_BACK),
          row(23, "backup", "its name is taken, as by a clock that stepped back", "another name")
              .by(FAILURE)
              .ends(SUCCESS),
          row(24, "switch", "killed while files are checked out", "no lock, no script is left")
              .by(KILL)
              .ends(SUCCESS, ROLLED_BACK),
          row(25, "switch", "killed between code and dependencies", "never mixed")
              .by(KILL, POWER_CUT)
              .ends(SUCCESS, ROLLED_BACK),
          row(26, "switch", "no room while files are checked out", "as it was")
              .by(FAILURE)
              .ends(ROLLED_BACK),
          row(27, "migrate", "a script that fails", "as it was").by(FAILURE).ends(ROLLED_BACK),
          row(28, "migrate", "a script that is killed in a transaction", "the same database")
              .by(FAILURE)
              .ends(ROLLED_BACK),
          row(29, "migrate", "a script that hangs", "killed at its limit")
              .by(FAILURE)
              .ends(ROLLED_BACK),
          row(30, "migrate", "killed, and the script lives on", "ended first, never two at once")
              .by(KILL)
              .ends(SUCCESS, ROLLED_BACK),
          row(31, "migrate", "a second attempt while the first one works", "never two at once")
              .by(FAILURE)
              .ends(SUCCESS, ROLLED_BACK),
          row(32, "migrate", "a script that ends well with a wrong schema", "as it was")
              .by(FAILURE)
              .ends(ROLLED_BACK),
          row(33, "migrate", "a script that deletes, gives away or writes outside", "as it was")
              .by(FAILURE)
              .ends(REJECTED, ROLLED_BACK),
          row(34, "migrate", "in a script", "the guard holds").by(POWER_CUT).ends(ROLLED_BACK),
          row(35, "start", "a service that dies after its start", "reset before the next start")
              .by(FAILURE)
              .ends(ROLLED_BACK),
          row(36, "start", "one service that does not come up", "as it was")
              .by(FAILURE)
              .ends(ROLLED_BACK),
          row(37, "health", "answers from the wrong release, or wrong ones", "not healthy")
              .by(FAILURE)
              .ends(ROLLED_BACK),
          row(38, "health", "an answer that is good only once, or late", "good for a window")
              .by(FAILURE)
              .ends(ROLLED_BACK, SUCCESS),
          row(39, "commit", "killed before the success is told", "no second migration")
              .by(KILL, POWER_CUT)
              .ends(SUCCESS),
          row(40, "restore", "killed at each of its effects", "the old database")
              .by(KILL)
              .ends(ROLLED_BACK),
          row(41, "restore", "around the rename", "whole, then the old database")
              .by(POWER_CUT)
              .ends(ROLLED_BACK),
          row(42, "restore", "a backup that is missing or altered", "the database is not touched")
              .by(FAILURE)
              .ends(NEEDS_ATTENTION),
          row(43, "restore", "no room", "reserved before the stop")
              .by(FAILURE)
              .ends(REJECTED, ROLLED_BACK, NEEDS_ATTENTION),
          row(44, "restore", "an old release that does not come up", "a bounded number of tries")
              .by(FAILURE)
              .ends(NEEDS_ATTENTION),
          row(45, "restore", "writes to the new release", "kept aside and counted")
              .by(FAILURE)
              .ends(ROLLED_BACK, NEEDS_ATTENTION),
          row(46, "control", "the engine is gone while the tenant is down", "the host does it")
              .by(FAILURE, POWER_CUT)
              .ends(ROLLED_BACK, SUCCESS),
          row(47, "control", "turning back ends its worker, again and again", "counted")
              .by(KILL)
              .ends(NEEDS_ATTENTION),
          row(48, "fleet", "a canary, or some of many, fail", "the others are not touched")
              .by(FAILURE)
              .ends(ROLLED_BACK),
          row(49, "secrets", "a token where it may be written down", "found nowhere")
              .by(FAILURE)
              .ends(REJECTED, ROLLED_BACK, SUCCESS, NEEDS_ATTENTION));

  private FaultMatrix() {}

  private static SortedMap<Integer, String> withoutCases() {
    return new TreeMap<>(Map.of(48, "RolloutIT and RolloutKilledIT have them"));
  }

  /**
   * A line of the table.
   *
   * @param promise what is promised beside the end
   * @param ends the ends that are allowed; which of them it is depends on the case
   */
  record Row(
      int number,
      String step,
      String fault,
      String promise,
      Set<Injection> injections,
      Set<UpgradeStatus> ends) {

    /** A case of this row. */
    FaultCase with(Injection injection, String fault, String expected) {
      if (!injections.contains(injection)) {
        throw new IllegalArgumentException(this + " is not injected as " + injection);
      }
      if (ends.stream().noneMatch(end -> isOrAllows(expected, end))) {
        throw new IllegalArgumentException(this + " must not end as " + expected);
      }
      return FaultCase.ofRow(number, fault, injection, expected);
    }

    private Row by(Injection first, Injection... more) {
      return new Row(number, step, fault, promise, EnumSet.of(first, more), ends);
    }

    private Row ends(UpgradeStatus first, UpgradeStatus... more) {
      return new Row(number, step, fault, promise, injections, EnumSet.of(first, more));
    }
  }

  private static Row row(int number, String step, String fault, String promise) {
    return new Row(number, step, fault, promise, Set.of(), Set.of());
  }

  private static boolean isOrAllows(String expected, UpgradeStatus end) {
    return expected.matches("(?s)" + end.code() + "\\b.*");
  }

  static Row row(int number) {
    return ROWS.get(number - 1);
  }

  /**
   * Whether what was seen is what is expected.
   *
   * @param expected the ends that are, and maybe a word about them, such as the kind of the failure
   * @param seen the end, and more about it
   */
  static boolean isAsExpected(String expected, String seen) {
    List<String> words = List.of(expected.split(", | or "));
    List<UpgradeStatus> ends =
        Stream.of(UpgradeStatus.values()).filter(end -> words.contains(end.code())).toList();
    return ends.stream().anyMatch(end -> isOrAllows(seen, end))
        && (words.size() == ends.size() || seen.contains(words.get(words.size() - 1)));
  }

  /** Of all classes, in their order. */
  static List<FaultCase> cases() {
    List<FaultCase> all = new ArrayList<>();
    for (Class<?> type : CASES) {
      try {
        Method cases = type.getDeclaredMethod("cases");
        cases.setAccessible(true);
        ((Stream<?>) cases.invoke(null)).map(FaultCase.class::cast).forEach(all::add);
      } catch (InvocationTargetException e) {
        throw new IllegalStateException(type + " cannot tell its cases", e.getCause());
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(type + " has no static cases()", e);
      }
    }
    return all;
  }

  /** What no case brings about: a row and a way of injection, in words. */
  static List<String> missing(List<FaultCase> cases) {
    Set<String> there =
        cases.stream()
            .filter(of -> of.row() != null)
            .map(of -> of.row() + " " + of.injection())
            .collect(Collectors.toSet());
    return ROWS.stream()
        .filter(row -> !WITHOUT_CASES.containsKey(row.number()))
        .flatMap(row -> row.injections().stream().map(how -> row.number() + " " + how))
        .filter(wanted -> !there.contains(wanted))
        .toList();
  }
}
