package dev.uplift.dependency;

import dev.uplift.host.StepContext;
import dev.uplift.profile.AppProfile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a release had for its dependencies before Uplift made a set of them, where it is still
 * there: the tenant's own directory, which its first upgrade moved aside, or one that a link of the
 * tenant's own led to. A rollback leads to that again, rather than to a set that is only built from
 * the same requirements.
 */
public final class EarlierEnvironments {
  private static final String NOTE = "rollback.environments";

  private EarlierEnvironments() {}

  /**
   * Writes down where they are, for {@link StageDependencies}.
   *
   * @param release the profile of the release that is gone back to
   * @param upgrade that left it
   * @param left the notes of that upgrade
   */
  public static void note(
      Path checkout,
      AppProfile release,
      UUID upgrade,
      Function<String, Optional<String>> left,
      StepContext context) {
    Map<String, Path> found = new TreeMap<>();
    for (DependencyLink link : DependencyLink.of(checkout, release)) {
      InstallDependencies.before(link, left)
          .flatMap(before -> earlier(link, before, upgrade, context.paths().sets()))
          .ifPresent(directory -> found.put(link.name(), directory));
    }
    context
        .notes()
        .put(
            NOTE,
            found.entrySet().stream()
                .map(entry -> entry.getKey() + "\t" + entry.getValue())
                .collect(Collectors.joining("\n")));
  }

  private static Optional<Path> earlier(
      DependencyLink link, DependencyLink.State before, UUID upgrade, Path sets) {
    Path directory =
        switch (before.kind()) {
          case DIRECTORY -> link.adopted(upgrade);
          case LINK -> link.path().resolveSibling(before.target());
          case ABSENT, OTHER -> null;
        };
    // A set is found, or built anew, by what it is made of.
    return Optional.ofNullable(directory)
        .filter(path -> !path.startsWith(sets))
        .filter(Files::isDirectory);
  }

  /** By the path in the checkout; empty for an upgrade. */
  static Map<String, Path> of(StepContext context) {
    Map<String, Path> found = new TreeMap<>();
    context.notes().get(NOTE).stream()
        .flatMap(String::lines)
        .map(line -> line.split("\t", 2))
        .forEach(parts -> found.put(parts[0], Path.of(parts[1])));
    return found;
  }
}
