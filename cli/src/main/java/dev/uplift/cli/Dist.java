package dev.uplift.cli;

import java.nio.file.Path;

/**
 * What runs: {@code lib/}, {@code jvm/}, {@code systemd/}, {@code examples/} and the launcher.
 *
 * @param home the directory that these are in
 */
record Dist(Path home) {

  /** That of this process. */
  static Dist running() {
    String dist = System.getProperty("uplift.dist");
    if (dist == null) {
      throw new CommandFailure("start it with the script ./uplift, which knows the JVM's flags");
    }
    return new Dist(Path.of(dist));
  }

  Path jvmFlags() {
    return home.resolve("jvm");
  }
}
