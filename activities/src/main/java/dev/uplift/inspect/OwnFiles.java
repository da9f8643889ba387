package dev.uplift.inspect;

import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Refuses a tenant of which somebody else owns the database, a part of the repository or a
 * directory of the work tree. After a {@code sudo git pull}, say, an upgrade would fail with the
 * tenant stopped.
 */
final class OwnFiles {
  private static final int SHOWN = 10;

  /** Deep enough for the directories of the objects and of the references. */
  private static final int DEPTH = 2;

  private OwnFiles() {}

  /**
   * @param tracked the files of the work tree that are git's
   */
  static void require(TenantPaths paths, List<String> state, Set<String> tracked) {
    Set<Path> files = new LinkedHashSet<>();
    files.add(paths.database().getParent());
    files.add(paths.database());
    for (String suffix : List.of("-wal", "-shm", "-journal")) {
      files.add(paths.database().resolveSibling(paths.database().getFileName() + suffix));
    }
    state.forEach(file -> files.add(paths.checkout().resolve(file)));
    files.addAll(directories(paths.checkout(), tracked));
    try {
      files.addAll(repository(paths.checkout().resolve(".git")));
      UserPrincipal ours = Files.getOwner(Path.of("/proc/self"));
      List<String> foreign = new ArrayList<>();
      for (Path file : files) {
        UserPrincipal owner = owner(file);
        if (owner != null && !owner.equals(ours)) {
          foreign.add(file + " belongs to " + owner.getName());
        }
      }
      if (!foreign.isEmpty()) {
        throw new StepFailure(
            FailureKind.WRONG_OWNER,
            paths.checkout() + " has files of another user than this worker's.",
            String.join("\n", foreign.subList(0, Math.min(SHOWN, foreign.size()))),
            "Give the checkout to one user: `chown -R --no-dereference "
                + ours.getName()
                + " "
                + paths.checkout()
                + "`.");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Its directories, and the log to which lines are added. Other files are replaced, so whose they
   * are does not matter; {@code sudo git status} makes the index root's.
   */
  private static List<Path> repository(Path git) throws IOException {
    if (!Files.exists(git)) {
      return List.of();
    }
    Path log = git.resolve("logs").resolve("HEAD");
    try (Stream<Path> walk = Files.walk(git, DEPTH)) {
      return walk.filter(file -> file.equals(log) || Files.isDirectory(file)).toList();
    } catch (java.io.UncheckedIOException changing) {
      throw changing.getCause();
    }
  }

  /**
   * The directories that git changes when it replaces files; whose the files are does not matter
   * here either. The upgrade may not change them all, but the tenant is to be one user's.
   */
  private static Set<Path> directories(Path checkout, Set<String> tracked) {
    Set<Path> found = new LinkedHashSet<>();
    for (String file : tracked) {
      Path directory = checkout.resolve(file).getParent();
      while (directory.startsWith(checkout) && found.add(directory)) {
        directory = directory.getParent();
      }
    }
    return found;
  }

  /** Null if there is no such file, or no longer. */
  private static UserPrincipal owner(Path file) throws IOException {
    try {
      return Files.getOwner(file, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException gone) {
      return null;
    }
  }
}
