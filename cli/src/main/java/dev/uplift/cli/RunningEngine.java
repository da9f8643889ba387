package dev.uplift.cli;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

final class RunningEngine implements AutoCloseable {
  private final String target;

  private RunningEngine(String target) {
    this.target = target;
  }

  static RunningEngine forDemo(EngineChoice choice, Path database, Path log) {
    return new RunningEngine(choice.target());
  }

  static RunningEngine durable(EngineChoice choice, Path database, Path log) {
    return new RunningEngine(choice.target());
  }

  String target() {
    return target;
  }

  boolean embedded() {
    return false;
  }

  Optional<URI> ui() {
    return Optional.empty();
  }

  Optional<Long> pid() {
    return Optional.empty();
  }

  String description() {
    return target;
  }

  void mustBeAlive() {}

  @Override
  public void close() {}
}
