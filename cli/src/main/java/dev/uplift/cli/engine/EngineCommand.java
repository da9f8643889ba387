package dev.uplift.cli.engine;

import dev.uplift.sandbox.engine.TemporalBinary;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "engine",
    sortOptions = false,
    header = "Gets the Temporal server that 'up' and 'demo' run.")
public final class EngineCommand {
  @Spec private CommandSpec command;

  @Command(
      name = "install",
      header = "Finds or fetches a 'temporal' program and prints where it is.",
      description =
          "%nLooks on the PATH, in ~/.cache/uplift (or UPLIFT_CACHE) and where Go puts programs."
              + " Without one there, it is downloaded, or built with Go, into that cache.%n")
  int install() {
    PrintWriter err = command.commandLine().getErr();
    Path binary =
        TemporalBinary.ofThisMachine()
            .install(
                progress -> {
                  err.println(progress);
                  err.flush();
                });
    PrintWriter out = command.commandLine().getOut();
    out.println(binary);
    out.flush();
    return 0;
  }
}
