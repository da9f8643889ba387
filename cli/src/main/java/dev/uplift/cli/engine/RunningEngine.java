package dev.uplift.cli.engine;

import dev.uplift.cli.console.CommandFailure;
import dev.uplift.sandbox.engine.DevServer;
import dev.uplift.sandbox.engine.EmbeddedEngine;
import dev.uplift.sandbox.engine.EngineProcess;
import dev.uplift.sandbox.engine.TemporalBinary;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The Temporal server that a command uses: one of its own, or one that was there.
 *
 * @param process null for one that was there
 * @param description what it is, for a person
 */
public record RunningEngine(String target, EngineProcess process, String description)
    implements AutoCloseable {
  private static final int USUAL_PORT = 7233;
  private static final int USUAL_UI_PORT = 8233;

  /** One that may forget everything at its end. */
  public static RunningEngine forDemo(EngineChoice choice, Path log) {
    return switch (choice.kind()) {
      case ADDRESS -> there(choice.target());
      case EMBEDDED -> embedded(log);
      case DEV_SERVER -> devServer(binary(), null, log);
      case AUTO ->
          TemporalBinary.ofThisMachine()
              .find()
              .map(binary -> devServer(binary, null, log))
              .orElseGet(() -> embedded(log));
    };
  }

  /** One that keeps everything in a file. */
  public static RunningEngine durable(EngineChoice choice, Path database, Path log) {
    return switch (choice.kind()) {
      case ADDRESS -> there(choice.target());
      case DEV_SERVER, AUTO -> devServer(binary(), database, log);
      case EMBEDDED -> throw new IllegalArgumentException("the embedded engine has no file");
    };
  }

  private static RunningEngine there(String target) {
    return new RunningEngine(target, null, "the Temporal server at " + target);
  }

  private static RunningEngine embedded(Path log) {
    return ours(EmbeddedEngine.start(Ports.freeOr(USUAL_PORT), log), "embedded, in memory");
  }

  private static RunningEngine devServer(Path binary, Path database, Path log) {
    int port = Ports.freeOr(USUAL_PORT);
    int uiPort = Ports.freeOr(USUAL_UI_PORT);
    return ours(
        new DevServer(binary, port, uiPort, database, "warn", log).start(),
        "dev server (" + binary + ")");
  }

  private static RunningEngine ours(EngineProcess process, String what) {
    String target = process.address().target();
    return new RunningEngine(target, process, what + ", at " + target);
  }

  private static Path binary() {
    return TemporalBinary.ofThisMachine()
        .find()
        .orElseThrow(
            () ->
                new CommandFailure(
                    "there is no 'temporal' program: get one with 'uplift engine install'"));
  }

  public boolean isEmbedded() {
    return process != null && process.address().embedded();
  }

  public Optional<URI> ui() {
    return process == null ? Optional.empty() : process.ui();
  }

  /**
   * @throws CommandFailure if it was ours and has ended by itself
   */
  public void mustBeAlive() {
    if (process != null && !process.isAlive()) {
      throw new CommandFailure("the engine has ended; its log says why");
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.close();
    }
  }
}
