package dev.uplift.cli.install;

import dev.uplift.cli.console.CommandFailure;
import java.nio.file.Path;

/**
 * What runs: {@code lib/}, {@code jvm/}, {@code systemd/}, {@code examples/} and the launcher.
 *
 * @param home the directory that these are in
 */
public record Dist(Path home) {

  /** That of this process. */
  public static Dist running() {
    String dist = System.getProperty("uplift.dist");
    if (dist == null) {
      throw new CommandFailure("start it with the script ./uplift, which knows the JVM's flags");
    }
    return new Dist(Path.of(dist));
  }

  public Path jvmFlags() {
    return home.resolve("jvm");
  }
}
