package dev.uplift.cli;

import picocli.CommandLine.Command;

@Command(name = "engine", description = "Gets the engine that 'uplift up' runs.")
final class EngineCommand {
  @Command(
      name = "install",
      description = "Finds or fetches a 'temporal' binary, and prints where it is.")
  int install() {
    return 0;
  }
}
