package dev.uplift.service;

import dev.uplift.command.ProcessTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
final class UnitProcesses {
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
    try {
      String environment =
          Files.readString(
              Path.of("/proc", Long.toString(pid), "environ"), StandardCharsets.ISO_8859_1);
      String all = "\0" + environment + "\0";
      return locks.stream().anyMatch(lock -> all.contains("\0" + MARK + "=" + lock + "\0"));
    } catch (IOException endedOrDenied) {
      return false;
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
