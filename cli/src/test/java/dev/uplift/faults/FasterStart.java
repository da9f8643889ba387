package dev.uplift.faults;

import dev.uplift.sandbox.LoopbackPorts;
import dev.uplift.sandbox.engine.EmbeddedEngine;
import dev.uplift.sandbox.engine.EngineProcess;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.World;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Lets the same worker start in half the time: hundreds of them are started. The classes that one
 * had loaded when it ended are kept in a form from which the JVM maps them.
 */
final class FasterStart {
  private static final Path DIST = Path.of("target", "dist").toAbsolutePath();
  private static final Path ARCHIVE = Path.of("target", "faults", "worker.jsa").toAbsolutePath();
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private FasterStart() {}

  /** The environment of a worker that starts so. */
  static synchronized Map<String, String> environment() throws Exception {
    Path jar = DIST.resolve("lib");
    if (!Files.exists(ARCHIVE)
        || Files.getLastModifiedTime(ARCHIVE).compareTo(Files.getLastModifiedTime(jar)) < 0) {
      makeArchive();
    }
    return Map.of("JDK_JAVA_OPTIONS", "-XX:SharedArchiveFile=" + ARCHIVE);
  }

  private static void makeArchive() throws Exception {
    Path directory = Files.createTempDirectory("faster");
    Path log = Files.createDirectories(directory.resolve("logs")).resolve("worker.log");
    int port = LoopbackPorts.free(1).get(0);
    Files.createDirectories(ARCHIVE.getParent());
    Files.deleteIfExists(ARCHIVE);
    try (EngineProcess engine =
        EmbeddedEngine.start(port, directory.resolve("logs").resolve("engine.log"))) {
      Process worker =
          World.launch(
              DIST,
              directory,
              "worker",
              Map.of("JDK_JAVA_OPTIONS", "-XX:ArchiveClassesAtExit=" + ARCHIVE),
              Map.of(
                  "uplift.engine.target",
                  engine.address().target(),
                  "uplift.engine.embedded",
                  true,
                  "uplift.host.name",
                  "nobody",
                  "uplift.host.state",
                  directory.resolve("state"),
                  "uplift.host.roots",
                  directory,
                  "uplift.host.service-definitions",
                  directory));
      Eventually.within(
          PATIENCE, "the worker takes work", () -> Files.readString(log).contains("taking work"));
      worker.destroy();
      worker.waitFor();
    } finally {
      Shell.run("rm", "-rf", directory.toString());
    }
  }
}
