package dev.uplift.code;

import dev.uplift.host.StepFailure;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.Migrations;
import dev.uplift.upgrade.FailureKind;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Whether a release's files can be put into a tenant's checkout without harm to what is his. */
final class TreeCheck {

  private TreeCheck() {}

  /**
   * @throws StepFailure if the release has files of its own where its dependencies are to go
   */
  static void refuseTrackedTargets(ReleaseTree release, AppProfile profile) {
    List<String> tracked = tracked(release.paths(), dependencyTargets(profile));
    if (!tracked.isEmpty()) {
      throw new StepFailure(
          FailureKind.DIRTY_CHECKOUT,
          "The release tracks files where its dependencies are to go.",
          GitFailure.list(tracked),
          "Remove them from git ('git rm -r --cached'), ignore them, and tag a new release; or"
              + " correct the profile's dependencies.");
    }
  }

  /**
   * @throws StepFailure if git holds a path that belongs to the tenant, or content that only other
   *     programs can make
   */
  static void refuseHarm(ReleaseTree release, Collection<String> tenantsOwn) {
    List<String> harmed = tracked(release.paths(), tenantsOwn);
    if (!harmed.isEmpty()) {
      throw new StepFailure(
          FailureKind.DIRTY_CHECKOUT,
          "The release tracks files that belong to the tenant: checking it out would replace them.",
          GitFailure.list(harmed),
          "Remove them from git ('git rm --cached'), ignore them, and tag a new release.");
    }
    if (!release.submodules().isEmpty()) {
      throw new StepFailure(
          FailureKind.DIRTY_CHECKOUT,
          "The release has submodules, which are not supported.",
          GitFailure.list(release.submodules()),
          "Take their files into the release, or install them as a dependency.");
    }
    if (!release.filters().isEmpty()) {
      boolean lfs = release.filters().contains("lfs");
      throw new StepFailure(
          FailureKind.DIRTY_CHECKOUT,
          lfs
              ? "The release keeps files in Git LFS, which is not supported: only their pointers would be checked out."
              : "The release needs filter programs to check out its files, which are not run.",
          "filter=" + String.join(", filter=", release.filters()),
          "Keep the files themselves in git, or install them as a dependency.");
    }
  }

  /** Paths, relative to the checkout, that no release may bring. */
  static Set<String> tenantsOwn(AppProfile app, AppProfile from, AppProfile to) {
    Set<String> own = new LinkedHashSet<>();
    own.add(app.database());
    own.addAll(app.state());
    own.addAll(app.rehearsal().copy());
    for (AppProfile profile : List.of(from, to)) {
      own.addAll(dependencyTargets(profile));
    }
    for (String suffix : List.of("-wal", "-shm", "-journal", ".backup_*", ".failed_*")) {
      own.add(app.database() + suffix);
    }
    return own;
  }

  static List<String> dependencyTargets(AppProfile profile) {
    return profile.dependencies().stream().flatMap(spec -> spec.targets().stream()).toList();
  }

  /** Those of {@code paths} that are at, below or in the place of a directory of {@code own}. */
  static List<String> tracked(Collection<String> paths, Collection<String> own) {
    return paths.stream()
        .filter(path -> own.stream().anyMatch(mine -> touches(path, mine)))
        .toList();
  }

  private static boolean touches(String path, String mine) {
    if (mine.endsWith("*")) {
      return path.startsWith(mine.substring(0, mine.length() - 1));
    }
    return path.equals(mine) || path.startsWith(mine + "/") || mine.startsWith(path + "/");
  }

  /** Files that look like migrations, but that nobody will run. */
  static List<String> unlistedMigrations(Collection<String> paths, Migrations migrations) {
    MigrationPlaces places = MigrationPlaces.of(migrations);
    Set<String> listed = new HashSet<>(migrations.scripts());
    return paths.stream()
        .filter(path -> places.isScript(path) && !listed.contains(path))
        .filter(path -> !MigrationPlaces.name(path).startsWith("_"))
        .toList();
  }
}
