package dev.uplift.code;

import dev.uplift.host.StepCancelled;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of a checkout as they lie on disk, whatever git knows of them. It never follows a
 * symbolic link: what is behind one is not the checkout's.
 */
final class WorkTree {
  // JGit writes a file under such a name, with up to 50 characters of its own, before it renames
  // it.
  private static final Pattern TEMPORARY = Pattern.compile("\\._(.+?)[0-9]+\\.tmp");
  private static final int TEMPORARY_NAME_LENGTH = 50;
  private static final int SYNCS_AT_ONCE = 16;
  private final Path root;

  WorkTree(Path root) {
    this.root = root;
  }

  /**
   * What a checkout of {@code incoming} would overwrite, although it is not in {@code tracked}.
   * Ignored files count: git overwrites those without a word.
   */
  List<String> inTheWay(Set<String> incoming, Set<String> tracked) {
    Set<String> found = new TreeSet<>();
    for (String path : incoming) {
      if (tracked.contains(path)) {
        continue;
      }
      String obstacle = obstacleAbove(path);
      if (obstacle != null) {
        if (!tracked.contains(obstacle)) {
          found.add(obstacle);
        }
      } else if (isDirectory(path)) {
        // A directory makes way for a file only if nothing but tracked files is in it.
        found.addAll(untrackedBelow(path, tracked));
      } else if (isThere(path)) {
        found.add(path);
      }
    }
    return List.copyOf(found);
  }

  /** The first component above {@code path} that exists and is no directory; or null. */
  private String obstacleAbove(String path) {
    for (String above : directoriesAbove(path)) {
      if (!isThere(above)) {
        return null;
      }
      if (!isDirectory(above)) {
        return above;
      }
    }
    return null;
  }

  private List<String> untrackedBelow(String directory, Set<String> tracked) {
    Set<String> trackedDirectories = new TreeSet<>();
    tracked.forEach(path -> trackedDirectories.addAll(directoriesAbove(path)));
    try (Stream<Path> below = Files.walk(root.resolve(directory))) {
      return below
          .map(path -> root.relativize(path).toString())
          .filter(path -> !tracked.contains(path) && !trackedDirectories.contains(path))
          .toList();
    } catch (IOException e) {
      throw GitFailure.of("reading " + root.resolve(directory), e);
    }
  }

  /** Files that an interrupted JGit has left while it wrote {@code paths}. */
  List<String> temporaries(Collection<String> paths) {
    Map<String, Set<String>> names = new TreeMap<>();
    for (String path : paths) {
      int slash = path.lastIndexOf('/');
      String name = path.substring(slash + 1);
      names
          .computeIfAbsent(path.substring(0, Math.max(0, slash)), directory -> new TreeSet<>())
          .add(name.substring(0, Math.min(name.length(), TEMPORARY_NAME_LENGTH)));
    }
    List<String> found = new ArrayList<>();
    names.forEach(
        (directory, written) -> {
          String prefix = directory.isEmpty() ? "" : directory + "/";
          if (obstacleAbove(prefix + "x") != null || !isDirectory(directory)) {
            return;
          }
          try (Stream<Path> files = Files.list(root.resolve(directory))) {
            files
                .map(file -> file.getFileName().toString())
                .filter(name -> isTemporaryOf(name, written))
                .forEach(name -> found.add(prefix + name));
          } catch (IOException e) {
            throw GitFailure.of("reading " + root.resolve(directory), e);
          }
        });
    return found;
  }

  private static boolean isTemporaryOf(String name, Set<String> written) {
    if (!TEMPORARY.matcher(name).matches()) {
      return false;
    }
    String middle = name.substring(2, name.length() - ".tmp".length());
    return written.stream()
        .anyMatch(
            file -> middle.startsWith(file) && middle.substring(file.length()).matches("[0-9]+"));
  }

  /**
   * Makes those of {@code paths} that exist durable, and that the others are gone. One after the
   * other every file would wait for a write of the file system's journal; together they share one.
   */
  void sync(Collection<String> paths) throws IOException {
    Set<String> present = new TreeSet<>(Set.of(""));
    for (String path : paths) {
      present.addAll(directoriesAbove(path));
      present.add(path);
    }
    present.removeIf(path -> obstacleAbove(path) != null || !canSync(root.resolve(path)));
    ExecutorService writers = Executors.newFixedThreadPool(Math.min(SYNCS_AT_ONCE, present.size()));
    try {
      List<Future<Void>> syncs = new ArrayList<>();
      for (String path : present) {
        syncs.add(writers.submit(() -> sync(root.resolve(path))));
      }
      for (Future<Void> sync : syncs) {
        sync.get();
      }
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    } finally {
      writers.shutdownNow();
    }
  }

  private static boolean canSync(Path path) {
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static Void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
      return null;
    }
  }

  /** Deletes those of {@code paths} that are files or links; directories stay. */
  void deleteFiles(Collection<String> paths) throws IOException {
    for (String path : paths) {
      if (obstacleAbove(path) == null && !isDirectory(path)) {
        Files.deleteIfExists(root.resolve(path));
      }
    }
  }

  /** Deletes those of {@code directories} that are empty. */
  void deleteEmpty(Collection<String> directories) throws IOException {
    List<String> deepestFirst = new ArrayList<>(directories);
    deepestFirst.sort(Comparator.reverseOrder());
    for (String directory : deepestFirst) {
      if (obstacleAbove(directory) == null && isDirectory(directory)) {
        try {
          Files.delete(root.resolve(directory));
        } catch (DirectoryNotEmptyException somebodysFiles) {
          continue;
        }
      }
    }
  }

  /** Those of {@code directories} that exist, with their permissions. */
  SortedMap<String, String> permissions(Collection<String> directories) throws IOException {
    SortedMap<String, String> found = new TreeMap<>();
    for (String directory : directories) {
      if (obstacleAbove(directory) == null && isDirectory(directory)) {
        found.put(
            directory,
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(root.resolve(directory), LinkOption.NOFOLLOW_LINKS)));
      }
    }
    return found;
  }

  /** Makes directories that git has removed because they were empty. */
  void restoreDirectories(SortedMap<String, String> permissions) throws IOException {
    for (Map.Entry<String, String> directory : permissions.entrySet()) {
      Path path = root.resolve(directory.getKey());
      if (!isDirectory(directory.getKey()) && obstacleAbove(directory.getKey()) == null) {
        Files.createDirectories(path);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(directory.getValue()));
      }
    }
  }

  /** All directories above {@code path}, the outermost first. */
  static List<String> directoriesAbove(String path) {
    List<String> above = new ArrayList<>();
    for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      above.add(path.substring(0, slash));
    }
    return above;
  }

  /** Whether something is at {@code path} itself, and not behind a link above it. */
  boolean exists(String path) {
    return obstacleAbove(path) == null && isThere(path);
  }

  private boolean isThere(String path) {
    return Files.exists(root.resolve(path), LinkOption.NOFOLLOW_LINKS);
  }

  private boolean isDirectory(String path) {
    return Files.isDirectory(root.resolve(path), LinkOption.NOFOLLOW_LINKS);
  }
}
