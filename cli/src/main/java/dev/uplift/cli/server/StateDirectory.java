package dev.uplift.cli.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Where things are kept on this machine. */
public final class StateDirectory {
  private static final Path OF_THE_MACHINE = Path.of("/var/lib/uplift");

  private StateDirectory() {}

  /** The directory {@code .uplift} of the clone that the launcher is in, or of UPLIFT_HOME. */
  public static Path ofClone(Map<String, String> environment) {
    String home = environment.getOrDefault("UPLIFT_HOME", "");
    return Path.of(home).toAbsolutePath().normalize().resolve(".uplift");
  }

  /**
   * Where a server of this machine keeps its state when it is not told: {@code /var/lib/uplift} if
   * an administrator has made it for this user, else in the clone.
   */
  public static Path ofServer(Map<String, String> environment) {
    return Files.isDirectory(OF_THE_MACHINE) && Files.isWritable(OF_THE_MACHINE)
        ? OF_THE_MACHINE
        : ofClone(environment).resolve("up");
  }

  public static Path registry(Path state) {
    return state.resolve("registry.db");
  }
}
