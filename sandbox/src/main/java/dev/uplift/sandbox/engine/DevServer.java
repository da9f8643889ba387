package dev.uplift.sandbox.engine;

import dev.uplift.sandbox.Watched;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * How {@code temporal server start-dev} is started: the real Temporal server with an SQLite file,
 * and the Temporal UI.
 *
 * @param binary the {@code temporal} program, see {@link TemporalBinary}
 * @param port of loopback
 * @param uiPort of loopback; null for no UI
 * @param database survives the server; null keeps everything in memory
 * @param logLevel {@code warn} shows what matters, {@code error} less
 */
public record DevServer(
    Path binary, int port, Integer uiPort, Path database, String logLevel, Path log) {

  public DevServer {
    Objects.requireNonNull(binary, "binary");
    Objects.requireNonNull(log, "log");
    logLevel = logLevel == null ? "warn" : logLevel;
  }

  /** Starts it and returns when it answers. */
  public EngineProcess start() {
    URI ui = uiPort == null ? null : URI.create("http://127.0.0.1:" + uiPort);
    return EngineProcess.start("the dev server", Watched.command(command()), port, false, ui, log);
  }

  List<String> command() {
    List<String> words = new ArrayList<>(List.of(binary.toString(), "server", "start-dev"));
    words.addAll(List.of("--ip", "127.0.0.1", "--port", Integer.toString(port)));
    if (uiPort == null) {
      words.add("--headless");
    } else {
      words.addAll(List.of("--ui-ip", "127.0.0.1", "--ui-port", Integer.toString(uiPort)));
    }
    if (database != null) {
      words.addAll(List.of("--db-filename", database.toString()));
    }
    words.addAll(List.of("--log-level", logLevel));
    return words;
  }
}
