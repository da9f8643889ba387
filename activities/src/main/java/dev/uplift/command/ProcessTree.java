package dev.uplift.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Finds and ends processes by what Linux says of them in {@code /proc}. */
public final class ProcessTree {
  private static final Path PROC = Path.of("/proc");

  private ProcessTree() {}

  /** Ends the child, its descendants and whatever else is in the session that it leads. */
  static void kill(Process child) {
    List<ProcessHandle> all = new ArrayList<>(child.descendants().toList());
    membersOfSession(child.pid()).forEach(pid -> ProcessHandle.of(pid).ifPresent(all::add));
    all.forEach(ProcessHandle::destroyForcibly);
    child.destroyForcibly();
  }

  /** Processes, zombies left out, in the session that {@code leader} leads or led. */
  public static List<Long> membersOfSession(long leader) {
    return processes().stream()
        .filter(pid -> stat(pid).map(s -> s.session() == leader && !s.isGone()).orElse(false))
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
    List<Long> holders = new ArrayList<>();
    int unreadable = 0;
    for (long pid : processes()) {
      try (DirectoryStream<Path> descriptors =
          Files.newDirectoryStream(PROC.resolve(pid + "/fd"))) {
        for (Path descriptor : descriptors) {
          if (pointsTo(descriptor, files)) {
            holders.add(pid);
            break;
          }
        }
      } catch (java.nio.file.NoSuchFileException | java.nio.file.NotDirectoryException ended) {
        continue;
      } catch (IOException | java.nio.file.DirectoryIteratorException denied) {
        unreadable++;
      }
    }
    return new Holders(holders, unreadable);
  }

  public record Holders(List<Long> pids, int unreadable) {}

  private static boolean pointsTo(Path descriptor, List<Path> files) {
    try {
      return files.contains(Files.readSymbolicLink(descriptor));
    } catch (IOException closedMeanwhile) {
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

  private static java.util.Optional<Stat> stat(long pid) {
    try {
      String line = Files.readString(PROC.resolve(pid + "/stat"));
      // The command name stands in parentheses and may hold anything; the fixed fields come after
      // the last one.
      String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
      return java.util.Optional.of(
          new Stat(fields[0].charAt(0), Long.parseLong(fields[3]), Long.parseLong(fields[19])));
    } catch (IOException ended) {
      return java.util.Optional.empty();
    }
  }
}
