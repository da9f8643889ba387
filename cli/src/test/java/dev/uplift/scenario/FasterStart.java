package dev.uplift.scenario;

import dev.uplift.sandbox.LoopbackPorts;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lets a worker start in half of its processor time, and an API in two thirds: many are started.
 * The classes that one had loaded when it ended are kept in a form from which the JVM maps them.
 */
public final class FasterStart {
  private static final Path DIST = Path.of("target", "dist").toAbsolutePath();
  private static final Path ARCHIVES = Path.of("target", "faster-start").toAbsolutePath();
  private static final Duration PATIENCE = Duration.ofSeconds(180);

  private FasterStart() {}

  /** Options of a JVM that starts so; none where this run is not told to, as when it measures. */
  static List<String> optionsIfWanted(String command) throws IOException {
    return Boolean.getBoolean("faster.start") ? options(command) : List.of();
  }

  /**
   * @param command {@code api} or {@code worker}
   */
  public static synchronized List<String> options(String command) throws IOException {
    Path archive = ARCHIVES.resolve(command + ".jsa");
    Files.createDirectories(ARCHIVES);
    // Another JVM that runs tests may need it at the same time.
    try (FileChannel channel =
        FileChannel.open(
            ARCHIVES.resolve(command + ".lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      channel.lock();
      if (!Files.exists(archive)
          || Files.getLastModifiedTime(archive)
                  .compareTo(Files.getLastModifiedTime(DIST.resolve("lib")))
              < 0) {
        make(command, archive);
      }
    }
    return List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds=off", "-Xlog:cds+dynamic=off");
  }

  private static void make(String command, Path archive) throws IOException {
    Path directory = ARCHIVES.resolve(command);
    Path log = Files.createDirectories(directory.resolve("logs")).resolve(command + ".log");
    Path made = archive.resolveSibling(command + ".made");
    Files.deleteIfExists(log);
    Files.deleteIfExists(made);
    Map<String, Object> settings = new HashMap<>();
    // Nobody is there; it looks for it again and again.
    settings.put("uplift.engine.target", "127.0.0.1:" + LoopbackPorts.free(1).get(0));
    settings.put("uplift.engine.embedded", true);
    if (command.equals("api")) {
      settings.put("uplift.port", 0);
      settings.put("uplift.database", directory.resolve("registry.db"));
    } else {
      settings.put("uplift.host.name", "nobody");
      settings.put("uplift.host.state", directory.resolve("state"));
      settings.put("uplift.host.roots", directory);
      settings.put("uplift.host.service-definitions", directory);
    }
    Process server =
        World.launch(
            DIST,
            List.of("-XX:ArchiveClassesAtExit=" + made),
            directory,
            command,
            Map.of(),
            settings);
    try {
      Eventually.within(
          PATIENCE, command + " starts", () -> Files.readString(log).contains("Started Uplift"));
      server.destroy();
      server.waitFor();
    } catch (Exception e) {
      throw new IOException("no archive of the classes of " + command + ", see " + log, e);
    } finally {
      server.destroyForcibly();
    }
    Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE);
  }
}
