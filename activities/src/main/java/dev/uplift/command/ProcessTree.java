package dev.uplift.command;

import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Finds and ends processes by what Linux says of them in {@code /proc}. */
public final class ProcessTree {
  private static final Path PROC = Path.of("/proc");
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private ProcessTree() {}

  /**
   * Ends the child, its descendants, whatever is in the session that it leads or led, and whoever
   * carries {@code mark} in its environment; returns when none of them is left.
   *
   * @param startTime of the child, before which nothing of it can have begun; 0 if it is not known
   * @param mark a {@code NAME=value} that only this child and its descendants were given
   */
  static void endAll(Process child, long startTime, String mark) {
    Supplier<Set<Long>> family =
        () -> {
          Set<Long> pids = new TreeSet<>();
          for (long pid : processes()) {
            stat(pid)
                .filter(s -> !s.isGone() && s.startTime() >= startTime)
                .filter(s -> s.session() == child.pid() || carries(pid, mark))
                .ifPresent(s -> pids.add(pid));
          }
          // Whoever outlives the child is found by the marks above: it has a new parent.
          if (child.isAlive()) {
            child
                .descendants()
                .map(ProcessHandle::pid)
                .filter(ProcessTree::isAlive)
                .forEach(pids::add);
          }
          return pids;
        };
    killUntilNoneIsLeft(family);
  }

  /**
   * Ends every process that has this file open, everything in the sessions that they lead, and
   * whoever carries {@code mark} in its environment, this one excepted; returns when none of them
   * is left. A descriptor alone does not tell: Python's {@code subprocess} closes it in what it
   * starts.
   */
  static void endHoldersOf(Path file, String mark) {
    long ourselves = ProcessHandle.current().pid();
    Set<Long> sessions = new TreeSet<>();
    killUntilNoneIsLeft(
        () -> {
          Set<Long> pids = new TreeSet<>(holdersOf(List.of(file)).pids());
          pids.remove(ourselves);
          // Only sessions that a holder leads, as our children do: any other may be a person's
          // shell.
          pids.forEach(
              pid -> stat(pid).filter(s -> s.session() == pid).ifPresent(s -> sessions.add(pid)));
          for (long pid : processes()) {
            stat(pid)
                .filter(s -> !s.isGone())
                .filter(s -> sessions.contains(s.session()) || carries(pid, mark))
                .ifPresent(s -> pids.add(pid));
          }
          pids.remove(ourselves);
          return pids;
        });
  }

  // More than one round: a process may fork while the others are being looked up.
  private static void killUntilNoneIsLeft(Supplier<Set<Long>> family) {
    long started = System.nanoTime();
    for (Set<Long> left = family.get(); !left.isEmpty(); left = family.get()) {
      if (System.nanoTime() - started > PATIENCE.toNanos()) {
        throw new StepFailure(
            FailureKind.STOP_FAILED,
            "Processes of a command cannot be ended.",
            "process ids " + left,
            "Look at what they wait for (state D is a device that does not answer), end them, then"
                + " try again.");
      }
      left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }

  /** Processes, zombies left out, in the session that {@code leader} leads or led. */
  public static List<Long> membersOfSession(long leader) {
    return membersOfSessions(Set.of(leader));
  }

  /** Processes, zombies left out, in a session that one of {@code leaders} leads or led. */
  public static List<Long> membersOfSessions(Set<Long> leaders) {
    if (leaders.isEmpty()) {
      return List.of();
    }
    return processes().stream()
        .filter(
            pid -> stat(pid).map(s -> leaders.contains(s.session()) && !s.isGone()).orElse(false))
        .toList();
  }

  /**
   * When a process was started, in clock ticks since boot; with the pid it names a process for
   * ever. Empty if there is none, or it is a zombie.
   */
  public static OptionalLong startTime(long pid) {
    return stat(pid)
        .filter(s -> !s.isGone())
        .map(s -> OptionalLong.of(s.startTime()))
        .orElse(OptionalLong.empty());
  }

  /** Processes that have one of these files open; and how many processes could not be looked at. */
  public static Holders holdersOf(List<Path> files) {
    List<Path> realPaths = files.stream().map(ProcessTree::asTheKernelNamesIt).toList();
    List<Long> holders = new ArrayList<>();
    int unreadable = 0;
    for (long pid : processes()) {
      try (DirectoryStream<Path> descriptors =
          Files.newDirectoryStream(PROC.resolve(pid + "/fd"))) {
        for (Path descriptor : descriptors) {
          if (pointsTo(descriptor, realPaths)) {
            holders.add(pid);
            break;
          }
        }
      } catch (NoSuchFileException | NotDirectoryException ended) {
        continue;
      } catch (IOException | DirectoryIteratorException denied) {
        unreadable++;
      }
    }
    return new Holders(holders, unreadable);
  }

  public record Holders(List<Long> pids, int unreadable) {}

  private static Path asTheKernelNamesIt(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException notThere) {
      return file.toAbsolutePath();
    }
  }

  private static boolean pointsTo(Path descriptor, List<Path> files) {
    try {
      return files.contains(Files.readSymbolicLink(descriptor));
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  private static boolean isAlive(long pid) {
    return startTime(pid).isPresent();
  }

  // Other users' environments cannot be read, and a zombie's is empty.
  private static boolean carries(long pid, String mark) {
    try {
      String environment =
          Files.readString(PROC.resolve(pid + "/environ"), StandardCharsets.ISO_8859_1);
      return ("\0" + environment).contains("\0" + mark + "\0");
    } catch (IOException endedOrDenied) {
      return false;
    }
  }

  private static List<Long> processes() {
    List<Long> pids = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
      entries.forEach(entry -> pids.add(Long.parseLong(entry.getFileName().toString())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return pids;
  }

  private record Stat(char state, long session, long startTime) {
    boolean isGone() {
      return state == 'Z' || state == 'X';
    }
  }

  private static Optional<Stat> stat(long pid) {
    try {
      String line = Files.readString(PROC.resolve(pid + "/stat"));
      // The command name stands in parentheses and may hold anything; the fixed fields come after
      // the last one.
      String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
      return Optional.of(
          new Stat(fields[0].charAt(0), Long.parseLong(fields[3]), Long.parseLong(fields[19])));
    } catch (IOException ended) {
      return Optional.empty();
    }
  }
}
