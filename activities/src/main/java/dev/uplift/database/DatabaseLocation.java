package dev.uplift.database;

import dev.uplift.host.StepFailure;
import dev.uplift.host.TenantPaths;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Refuses a database that is not a plain file inside its checkout: through a link an upgrade would
 * write somewhere else. Looks at names only and opens nothing.
 */
final class DatabaseLocation {
  private DatabaseLocation() {}

  static void require(TenantPaths paths) {
    requireParents(paths.checkout(), paths.database());
    requireFile(paths.database());
  }

  static void requireParents(Path checkout, Path file) {
    Path directory = checkout;
    for (Path name : checkout.relativize(file.getParent())) {
      directory = directory.resolve(name);
      if (Files.isSymbolicLink(directory)) {
        throw refused("The directory " + directory + " is a symbolic link.");
      }
    }
  }

  private static void requireFile(Path database) {
    if (Files.isSymbolicLink(database)) {
      throw refused("The database " + database + " is a symbolic link.");
    }
    if (!Files.exists(database, LinkOption.NOFOLLOW_LINKS)) {
      throw refused("The database " + database + " is missing.");
    }
    if (!Files.isRegularFile(database, LinkOption.NOFOLLOW_LINKS)) {
      throw refused("The database " + database + " is not a regular file.");
    }
    if (size(database) == 0) {
      throw refused("The database " + database + " is empty.");
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw DatabaseFailure.of(e);
    }
  }

  private static StepFailure refused(String message) {
    return new StepFailure(
        FailureKind.DATABASE_CORRUPT,
        message,
        null,
        "Put the tenant's real database file at this path.");
  }
}
