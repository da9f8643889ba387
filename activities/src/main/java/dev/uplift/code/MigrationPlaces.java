package dev.uplift.code;

import dev.uplift.profile.Migrations;
import java.util.Set;
import java.util.stream.Collectors;

/** Where migration scripts are, and what their names end with. */
record MigrationPlaces(Set<String> directories, Set<String> extensions) {

  static MigrationPlaces of(Migrations migrations) {
    return new MigrationPlaces(
        migrations.scripts().stream()
            .map(MigrationPlaces::directory)
            .collect(Collectors.toUnmodifiableSet()),
        migrations.scripts().stream()
            .map(MigrationPlaces::extension)
            .collect(Collectors.toUnmodifiableSet()));
  }

  /** Whether {@code path} lies directly beside a script and has the ending of one. */
  boolean isScript(String path) {
    return directories.contains(directory(path)) && extensions.contains(extension(path));
  }

  /**
   * Whether a stray file at {@code path} could be run or imported by a migration. At the root of
   * the checkout, where tenants leave all sorts of files, only one with the ending of a script
   * could.
   */
  boolean couldReach(String path) {
    if (("/" + path).contains("/__pycache__/")) {
      return false;
    }
    boolean beside = directories.contains(directory(path)) && !directory(path).isEmpty();
    boolean below =
        directories.stream().anyMatch(dir -> !dir.isEmpty() && path.startsWith(dir + "/"));
    return beside || isScript(path) || (below && extensions.contains(extension(path)));
  }

  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static String directory(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  private static String extension(String path) {
    String name = name(path);
    return name.contains(".") ? name.substring(name.lastIndexOf('.')) : "";
  }
}
