package dev.uplift.sandbox;

import java.nio.file.Path;
import java.util.Map;

/** Where the user that this process runs for has their files. */
public final class UserHome {
  private UserHome() {}

  /** {@code HOME}, as shells have it; Java's own idea of it is that of the list of users. */
  public static Path directory() {
    String home = System.getenv("HOME");
    return Path.of(home == null || home.isBlank() ? System.getProperty("user.home") : home);
  }

  /** What can be downloaded or made again, see {@link #cache(Map, Path)}. */
  public static Path cache() {
    return cache(System.getenv(), directory());
  }

  /** {@code UPLIFT_CACHE}, or {@code ~/.cache/uplift}. */
  public static Path cache(Map<String, String> environment, Path home) {
    String configured = environment.get("UPLIFT_CACHE");
    Path directory =
        configured == null || configured.isBlank()
            ? home.resolve(".cache/uplift")
            : Path.of(configured);
    return directory.toAbsolutePath();
  }
}
