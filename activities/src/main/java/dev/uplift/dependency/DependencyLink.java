package dev.uplift.dependency;

import static dev.uplift.command.ShellWords.quoted;

import dev.uplift.durable.Directories;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.AppProfile;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A path of a checkout at which the application finds its dependencies: a link to a set, or a real
 * directory from before Uplift.
 *
 * <p>Whatever is moved away goes below {@code .git}: that is on the same file system, so a rename
 * moves it, and git never looks at it.
 */
record DependencyLink(Path checkout, String name) {

  static DependencyLink in(Path checkout, String name) {
    return new DependencyLink(checkout, name);
  }

  /** All of a profile, in its order. */
  static List<DependencyLink> of(Path checkout, AppProfile profile) {
    return profile.dependencies().stream()
        .flatMap(spec -> spec.targets().stream())
        .map(name -> in(checkout, name))
        .toList();
  }

  Path path() {
    return checkout.resolve(name);
  }

  State state() throws IOException {
    if (Files.isSymbolicLink(path())) {
      return new State(State.Kind.LINK, Files.readSymbolicLink(path()));
    }
    if (Files.isDirectory(path(), LinkOption.NOFOLLOW_LINKS)) {
      return new State(State.Kind.DIRECTORY, null);
    }
    boolean there = Files.exists(path(), LinkOption.NOFOLLOW_LINKS);
    return new State(there ? State.Kind.OTHER : State.Kind.ABSENT, null);
  }

  /**
   * What was at the path.
   *
   * @param target of a link, else null
   */
  record State(Kind kind, Path target) {
    enum Kind {
      ABSENT,
      LINK,
      DIRECTORY,
      OTHER
    }

    String asNote() {
      return target == null ? kind.name() : kind.name() + " " + target;
    }

    static State ofNote(String note) {
      String[] parts = note.split(" ", 2);
      return new State(Kind.valueOf(parts[0]), parts.length == 1 ? null : Path.of(parts[1]));
    }

    boolean isLinkTo(Path other) {
      return kind == Kind.LINK && target.equals(other);
    }
  }

  /** Refuses, while the tenant still serves, what could not be switched by renames alone. */
  void requireUsable(ReleaseFiles release) {
    Path git = checkout.resolve(".git");
    if (!Files.isDirectory(git, LinkOption.NOFOLLOW_LINKS)) {
      throw new StepFailure(
          FailureKind.DIRTY_CHECKOUT,
          "The checkout's .git is not a directory, so nothing can be kept in it.",
          git.toString(),
          "Replace it by a clone of its own; linked work trees are not supported.");
    }
    try {
      if (state().kind() == State.Kind.OTHER) {
        throw unusable("There is a file where the dependencies belong.");
      }
      Path parent = path().getParent();
      if (!Files.exists(parent, LinkOption.NOFOLLOW_LINKS)) {
        if (!release.has(checkout.relativize(parent).toString())) {
          throw unusable("Neither the checkout nor the release has its directory.");
        }
        return;
      }
      if (!parent.toRealPath().startsWith(checkout.toRealPath())) {
        throw unusable("A link leads out of the checkout.");
      }
      boolean mounted = state().kind() == State.Kind.DIRECTORY && device(path()) != device(git);
      if (mounted || device(parent) != device(git)) {
        throw unusable("It is on another file system than .git.");
      }
    } catch (IOException e) {
      throw failed("looked at", e);
    }
  }

  private StepFailure unusable(String why) {
    return new StepFailure(
        FailureKind.DIRTY_CHECKOUT,
        "The dependencies at '" + name + "' cannot be switched. " + why,
        path().toString(),
        "Make it a directory or a link inside the checkout, or take it away.");
  }

  private static long device(Path path) throws IOException {
    return ((Number) Files.getAttribute(path, "unix:dev", LinkOption.NOFOLLOW_LINKS)).longValue();
  }

  /** Leads the path to {@code target}; a real directory is kept for {@link #restore}. */
  void switchTo(Path target, UUID upgrade) {
    try {
      State present = state();
      if (present.isLinkTo(target)) {
        return;
      }
      if (present.kind() == State.Kind.DIRECTORY) {
        move(path(), adopted(upgrade));
      }
      putLink(target, upgrade);
    } catch (IOException e) {
      throw failed("switched", e);
    }
  }

  /** Puts back what was at the path before, from wherever {@link #switchTo} got. */
  void restore(State before, UUID upgrade) {
    try {
      switch (before.kind()) {
        case ABSENT -> clear(upgrade);
        case LINK -> {
          if (!state().isLinkTo(before.target())) {
            clear(upgrade);
            putLink(before.target(), upgrade);
          }
        }
        case DIRECTORY, OTHER -> bringBack(upgrade);
      }
      removeIfEmpty(adopted(upgrade).getParent());
      // A switch that was killed leaves it.
      Files.deleteIfExists(unplaced(upgrade));
      removeIfEmpty(unplaced(upgrade).getParent());
    } catch (IOException e) {
      throw failed("put back", e);
    }
  }

  /** What a person types to have the same as after {@link #restore}. */
  String command(State before, UUID upgrade) {
    String path = quoted(path());
    String clear =
        "if [ -L "
            + path
            + " ]; then rm "
            + path
            + "; elif [ -e "
            + path
            + " ]; then mkdir -p "
            + quoted(keep("replaced", upgrade).resolve(name).getParent())
            + " && mv --backup=numbered -T "
            + path
            + " "
            + quoted(keep("replaced", upgrade).resolve(name))
            + "; fi";
    return switch (before.kind()) {
      case ABSENT -> clear;
      case LINK ->
          "if [ \"$(readlink "
              + path
              + ")\" != "
              + quoted(before.target())
              + " ]; then "
              + clear
              + "; ln -s "
              + quoted(before.target())
              + " "
              + path
              + "; fi";
      case DIRECTORY, OTHER ->
          "if [ -d "
              + quoted(adopted(upgrade))
              + " ]; then "
              + clear
              + "; mv -T "
              + quoted(adopted(upgrade))
              + " "
              + path
              + "; fi";
    };
  }

  private void bringBack(UUID upgrade) throws IOException {
    Path adopted = adopted(upgrade);
    if (Files.isDirectory(adopted, LinkOption.NOFOLLOW_LINKS)) {
      clear(upgrade);
      move(adopted, path());
    } else if (state().kind() != State.Kind.DIRECTORY) {
      throw new StepFailure(
          FailureKind.STEP_FAILED,
          "The tenant's own dependencies at '" + name + "' are gone.",
          "neither " + path() + " nor " + adopted + " is a directory",
          "Install the dependencies of the previous release at that path by hand.");
    }
  }

  // A link is ours to remove. Anything else was made by the release: it is kept for a person.
  private void clear(UUID upgrade) throws IOException {
    State present = state();
    if (present.kind() == State.Kind.LINK) {
      Files.delete(path());
      Directories.sync(path().getParent());
    } else if (present.kind() != State.Kind.ABSENT) {
      Path aside = keep("replaced", upgrade).resolve(name);
      for (int n = 2; Files.exists(aside, LinkOption.NOFOLLOW_LINKS); n++) {
        aside = keep("replaced", upgrade).resolve(name + "." + n);
      }
      move(path(), aside);
    }
  }

  private void putLink(Path target, UUID upgrade) throws IOException {
    Path temporary = unplaced(upgrade);
    Files.createDirectories(temporary.getParent());
    Files.deleteIfExists(temporary);
    Files.createSymbolicLink(temporary, target);
    Files.createDirectories(path().getParent());
    Files.move(temporary, path(), StandardCopyOption.ATOMIC_MOVE);
    Directories.sync(path().getParent());
    removeIfEmpty(temporary.getParent());
  }

  private static void move(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    // The new place first: after a power cut in between it may be at both, but not at neither.
    Directories.sync(to.getParent());
    Directories.sync(from.getParent());
  }

  private void removeIfEmpty(Path directory) throws IOException {
    Path top = checkout.resolve(".git");
    for (Path d = directory; !d.equals(top); d = d.getParent()) {
      if (!Files.isDirectory(d, LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      try (Stream<Path> entries = Files.list(d)) {
        if (entries.findAny().isPresent()) {
          return;
        }
      }
      Files.delete(d);
    }
  }

  /** A link before it gets its place. */
  private Path unplaced(UUID upgrade) {
    return keep("links", upgrade).resolve(name);
  }

  Path adopted(UUID upgrade) {
    return keep("adopted", upgrade).resolve(name);
  }

  private Path keep(String what, UUID upgrade) {
    return checkout.resolve(".git/uplift").resolve(what).resolve(upgrade.toString());
  }

  private StepFailure failed(String what, IOException e) {
    return new StepFailure(
        FailureKind.STEP_FAILED,
        "The dependencies at '" + name + "' could not be " + what + ".",
        e.toString(),
        "Look at the path, at its owner and at the space on its disk.",
        e);
  }
}
