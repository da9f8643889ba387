package dev.uplift.service;

import dev.uplift.command.ProcessTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * All processes of one unit, or of some, found again whoever started them: what a control group is
 * to systemd.
 *
 * <p>A process belongs to the unit if it holds the unit's lock file, which the main process
 * inherits open; or is in the session of one that does; or carries the unit's mark in its
 * environment. Each alone has a hole: a child may close descriptors, begin a session of its own, or
 * overwrite its environment.
 */
public final class UnitProcesses {
  private static final String MARK = "UPLIFT_SERVICE";
  private final List<Path> locks;

  /**
   * @param locks one of each unit
   */
  UnitProcesses(List<Path> locks) {
    this.locks = List.copyOf(locks);
  }

  /** What a process of the unit with this lock must have in its environment. */
  static Map<String, String> mark(Path lock) {
    return Map.of(MARK, lock.toString());
  }

  /**
   * Processes of a unit whose lock may be anywhere, told by the name of the lock in their mark and
   * by their working directory.
   */
  public static Set<Long> ofUnit(String unit, Path workingDirectory) {
    Set<Long> pids = new TreeSet<>();
    ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> carriesMarkOf(unit, environment(pid)))
        .filter(pid -> worksIn(pid, workingDirectory))
        .forEach(pids::add);
    return pids;
  }

  private static boolean carriesMarkOf(String unit, String environment) {
    return Arrays.stream(environment.split("\0"))
        .anyMatch(
            setting -> setting.startsWith(MARK + "=") && setting.endsWith("/" + unit + ".lock"));
  }

  private static boolean worksIn(long pid, Path directory) {
    try {
      return Path.of("/proc", Long.toString(pid), "cwd")
          .toRealPath()
          .equals(directory.toRealPath());
    } catch (IOException endedOrDenied) {
      return false;
    }
  }

  /** Those that live now; zombies do not count. */
  List<Member> find() {
    Set<Long> pids = new TreeSet<>(ProcessTree.holdersOf(locks).pids());
    ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(this::carriesMark)
        .forEach(pids::add);
    pids.addAll(ProcessTree.membersOfSessions(Set.copyOf(pids)));
    return pids.stream().map(Member::of).flatMap(Optional::stream).toList();
  }

  /** The process that leads the session of the unit, if it is one. */
  Optional<Member> findMain() {
    return find().stream()
        .filter(member -> ProcessTree.membersOfSession(member.pid()).contains(member.pid()))
        .findFirst();
  }

  private boolean carriesMark(long pid) {
    String environment = environment(pid);
    return locks.stream().anyMatch(lock -> environment.contains("\0" + MARK + "=" + lock + "\0"));
  }

  // With a NUL before and after each setting; empty if the process ended or is somebody else's.
  private static String environment(long pid) {
    try {
      return "\0"
          + Files.readString(
              Path.of("/proc", Long.toString(pid), "environ"), StandardCharsets.ISO_8859_1)
          + "\0";
    } catch (IOException endedOrDenied) {
      return "";
    }
  }

  /**
   * @param startTicks when it was started; a later process with this pid is another one
   */
  record Member(long pid, long startTicks) {
    static Optional<Member> of(long pid) {
      OptionalLong start = ProcessTree.startTime(pid);
      return start.isPresent() ? Optional.of(new Member(pid, start.getAsLong())) : Optional.empty();
    }

    boolean isAlive() {
      OptionalLong start = ProcessTree.startTime(pid);
      return start.isPresent() && start.getAsLong() == startTicks;
    }

    void terminate() {
      if (isAlive()) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
      }
    }

    void kill() {
      if (isAlive()) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      }
    }

    String describe() {
      return describe(pid);
    }

    /** The pid with its command line, for evidence. */
    static String describe(long pid) {
      try {
        String commandLine =
            Files.readString(
                    Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1)
                .replace('\0', ' ')
                .strip();
        return pid + " " + commandLine.substring(0, Math.min(200, commandLine.length()));
      } catch (IOException ended) {
        return Long.toString(pid);
      }
    }
  }
}
