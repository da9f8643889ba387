package dev.uplift.cli.install;

import dev.uplift.cli.console.CommandFailure;
import java.nio.file.Path;
import java.util.Objects;

/**
 * What runs: {@code lib/}, {@code jvm/}, {@code systemd/}, {@code examples/} and the launcher.
 *
 * @param home the directory that these are in
 */
public record Dist(Path home) {

  /** The class that the launcher starts. */
  public static final String PROGRAM = "dev.uplift.cli.Uplift";

  /** Of this build. */
  public static String version() {
    String version = Dist.class.getPackage().getImplementationVersion();
    return Objects.requireNonNullElse(version, "(not packaged)");
  }

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
