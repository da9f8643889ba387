package dev.uplift.cli.server;

import dev.uplift.cli.console.CommandFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the commands that are a server have in common. */
final class ServerOptions {
  private static final Pattern SETTING =
      Pattern.compile("(uplift|server|spring|logging|management)(\\.[a-z0-9-]+|\\[[^]=]*])+=.*");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings in YAML, beside those in the working directory.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One setting, like uplift.engine.target=127.0.0.1:7233. It wins over files.")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--owner", paramLabel = "PID", hidden = true)
  private Long owner;

  @Option(names = "--of-demo", hidden = true)
  private boolean ofDemo;

  /** The arguments for the server's own configuration. */
  String[] arguments(Map<String, String> environment) {
    List<String> arguments = new ArrayList<>();
    if (config != null) {
      if (!Files.isReadable(config)) {
        throw wrong(config + " cannot be read");
      }
      arguments.add("--spring.config.additional-location=file:" + config.toAbsolutePath());
    }
    for (String setting : settings) {
      if (!SETTING.matcher(setting).matches()) {
        throw wrong("'" + setting + "' is not a setting; write uplift.engine.target=HOST:PORT");
      }
      arguments.add("--" + setting);
    }
    if (!ofDemo) {
      refuseEmbeddedEngine(environment);
    }
    return arguments.toArray(String[]::new);
  }

  private void refuseEmbeddedEngine(Map<String, String> environment) {
    boolean asked =
        settings.contains("uplift.engine.embedded=true")
            || "true".equalsIgnoreCase(environment.get("UPLIFT_ENGINE_EMBEDDED"));
    if (asked) {
      throw wrong(
          "the embedded engine forgets everything when it ends, so it is for the demo only;"
              + " use a Temporal server (uplift engine install, uplift up)");
    }
  }

  /** Ends this process when its owner has ended, in whatever way that happened. */
  void endWithOwner() {
    if (owner == null) {
      return;
    }
    Optional<ProcessHandle> process = ProcessHandle.of(owner);
    if (process.isEmpty()) {
      throw new CommandFailure("process " + owner + ", on whose behalf this runs, has ended");
    }
    process.get().onExit().thenRun(() -> System.exit(0));
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
