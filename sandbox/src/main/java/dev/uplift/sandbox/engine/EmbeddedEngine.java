package dev.uplift.sandbox.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts {@link EmbeddedServer} in a process of its own. */
public final class EmbeddedEngine {
  /** Everything is kept in the heap for good; this holds the histories of thousands of upgrades. */
  private static final List<String> JVM_OPTIONS =
      List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto");

  private EmbeddedEngine() {}

  /** Starts it with the class path of this process. */
  public static EngineProcess start(int port, Path log) {
    return start(
        port,
        log,
        List.of("-cp", System.getProperty("java.class.path"), EmbeddedServer.class.getName()));
  }

  /**
   * Starts it and returns when it answers.
   *
   * @param port of loopback
   * @param log receives what it prints
   * @param program the arguments of {@code java} that run {@link EmbeddedServer#main}, for a
   *     process whose classes are not on an ordinary class path
   */
  public static EngineProcess start(int port, Path log, List<String> program) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(JVM_OPTIONS);
    words.addAll(program);
    words.add(Integer.toString(port));
    return EngineProcess.start("the embedded engine", words, port, true, null, log);
  }
}
