package dev.uplift.cli.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.uplift.cli.console.Interruptible;
import dev.uplift.cli.console.Teardown;
import dev.uplift.cli.engine.EngineChoice;
import dev.uplift.cli.engine.EngineOptions;
import dev.uplift.cli.server.StateDirectory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Shows everything at once: an engine, a fleet of sample tenants, an API and a worker, and the
 * upgrade of the first tenant.
 */
@Command(
    name = "demo",
    sortOptions = false,
    header = "Makes a fleet of sample tenants and upgrades the first of them.",
    description =
        "%nAll of it is on this machine and below the directory .uplift. The report is printed as"
            + " JSON on standard output, everything else on standard error. The demo stays up until"
            + " Ctrl-C, for you to go on by hand.%n")
public final class DemoCommand implements Callable<Integer> {
  /** Ending all in order, with patience for each process. */
  private static final Duration END = Duration.ofSeconds(90);

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  @Spec private CommandSpec command;

  @Option(names = "--once", description = "End after the upgrade: with 0 if it succeeded, else 1.")
  private boolean once;

  @Option(
      names = "--tenants",
      paramLabel = "N",
      defaultValue = "3",
      description = "How many tenants (default: ${DEFAULT-VALUE}).")
  private int tenants;

  @Option(
      names = "--rows",
      paramLabel = "M",
      defaultValue = "1000",
      description = "How many people each tenant's database holds (default: ${DEFAULT-VALUE}).")
  private int rows;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      defaultValue = "auto",
      converter = EngineChoice.Converter.class,
      description = {
        "auto (default): dev-server if a 'temporal' binary is found, else embedded.",
        "embedded: in memory, needs nothing.",
        "dev-server: the real one, with the Temporal UI.",
        "HOST:PORT: a Temporal server that runs already."
      })
  private EngineChoice engine;

  @Mixin private EngineOptions engineOptions;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "32201",
      description = "Where the API listens, on loopback (default: ${DEFAULT-VALUE}).")
  private int port;

  @Override
  public Integer call() throws Exception {
    if (tenants < 1 || rows < 0 || port < 1 || port > 65535) {
      throw new ParameterException(
          command.commandLine(), "at least one tenant, no negative rows, a port of 1 to 65535");
    }
    engineOptions.requireProtected(engine);
    return Interruptible.run(END, this::run);
  }

  private int run() throws Exception {
    PrintWriter err = command.commandLine().getErr();
    Path uplift = StateDirectory.ofClone(System.getenv());
    try (Teardown teardown = new Teardown(err)) {
      Demo demo =
          Demo.start(
              uplift, tenants, rows, engine, engineOptions.settings(engine), port, teardown, err);
      JsonNode upgrade = demo.upgradeFirstTenant();
      boolean succeeded = upgrade.path("status").asText().equals("success");
      print(upgrade.path("report"));
      if (once) {
        return succeeded ? 0 : 1;
      }
      err.print(demo.handsOn());
      err.println();
      err.println("Ctrl-C ends the demo.");
      err.flush();
      demo.stayUp();
      err.println("Ending the demo. Its files stay, and its logs are in " + demo.logs());
      err.flush();
      return 0;
    }
  }

  private void print(JsonNode report) throws JsonProcessingException {
    PrintWriter out = command.commandLine().getOut();
    out.println(JSON.writeValueAsString(report));
    out.flush();
  }
}
