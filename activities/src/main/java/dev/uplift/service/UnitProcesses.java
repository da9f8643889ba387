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
 * All processes of one unit, found again whoever started them: what a control group is to systemd.
 *
 * <p>A process belongs to the unit if it holds the unit's lock file, which the main process
 * inherits open; or is in the session of one that does; or carries the unit's mark in its
 * environment. Each alone has a hole: a child may close descriptors, begin a session of its own, or
 * overwrite its environment.
 */
final class UnitProcesses {
  private static final String MARK = "UPLIFT_SERVICE";
  private final Path lock;

  UnitProcesses(Path lock) {
    this.lock = lock;
  }

  /** What a process of the unit must have in its environment. */
  Map<String, String> mark() {
    return Map.of(MARK, lock.toString());
  }

  /** Those that live now; zombies do not count. */
  List<Member> find() {
    Set<Long> pids = new TreeSet<>(ProcessTree.holdersOf(List.of(lock)).pids());
    ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(this::carriesMark)
        .forEach(pids::add);
    for (long pid : List.copyOf(pids)) {
      pids.addAll(ProcessTree.membersOfSession(pid));
    }
    return pids.stream().map(Member::of).flatMap(Optional::stream).toList();
  }

  /** The process that leads the unit's session. */
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
      return ("\0" + environment + "\0").contains("\0" + MARK + "=" + lock + "\0");
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
