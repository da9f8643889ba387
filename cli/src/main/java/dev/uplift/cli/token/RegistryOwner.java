package dev.uplift.cli.token;

import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Keeps root from opening the registry of another user: what SQLite makes there, a lock for
 * instance, would belong to root, and the API of that user could not use it any more.
 */
final class RegistryOwner {
  private static final String ROOT = "root";

  private RegistryOwner() {}

  /**
   * @param user as whom this process runs
   */
  static void refuseRootInstead(Path database, String user) {
    if (!user.equals(ROOT)) {
      return;
    }
    Path there = existing(database.toAbsolutePath().normalize());
    String owner;
    try {
      owner = Files.getOwner(there).getName();
    } catch (IOException | UnsupportedOperationException unknown) {
      throw new CommandFailure(there + " cannot be looked at: " + unknown.getMessage(), unknown);
    }
    if (!owner.equals(ROOT)) {
      throw new CommandFailure(
          "the registry "
              + database
              + " belongs to user "
              + owner
              + ", and root would leave files there that the API cannot use: runuser -u "
              + owner
              + " -- uplift token …");
    }
  }

  /** The database itself, or in which directory it would be made. */
  private static Path existing(Path database) {
    Path existing = database;
    while (!Files.exists(existing)) {
      existing = existing.getParent();
    }
    return existing;
  }
}
