package dev.uplift.cli.install;

import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.engine.EngineChoice;
import dev.uplift.cli.engine.EngineOptions;
import dev.uplift.prepare.HostPreparation;
import dev.uplift.prepare.Refused;
import dev.uplift.prepare.Request;
import dev.uplift.tenant.HostName;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "host",
    sortOptions = false,
    header = "Prepares this machine for a worker, or for the API.")
public final class HostCommand {
  private static final int DIFFERS = 1;

  @Spec private CommandSpec command;

  @Command(
      name = "prepare",
      sortOptions = false,
      header = "Installs the worker's unit and what lets it restart the tenants' units.",
      description =
          "%nMakes user, directories, settings, units, a polkit rule that names exactly the tenants'"
              + " units, and for each tenant the drop-in that keeps its units down while an upgrade has"
              + " stopped them. Needs root. It can be repeated, and has to be for a new tenant;"
              + " then no options are needed. No tenant is touched or restarted. Certificates and keys"
              + " for the engine are copied, for each service its own.%n")
  int prepare(
      @Option(
              names = "--root",
              paramLabel = "DIR",
              arity = "1..*",
              description =
                  "Directories that have the tenants' checkouts in them, besides those that it"
                      + " knows already.")
          List<Path> roots,
      @Option(
              names = "--host",
              paramLabel = "NAME",
              description = "The name of this host in fleet.yml (default: the machine's).")
          String host,
      @Option(
              names = "--user",
              paramLabel = "USER",
              description = "Whose tenants are meant, if they belong to several users.")
          String user,
      @Option(
              names = "--engine",
              paramLabel = "HOST:PORT",
              description = "The Temporal server (default: 127.0.0.1:7233).")
          String engine,
      @Mixin EngineOptions engineOptions,
      @Option(names = "--api", description = "Also prepare for the API, and run workflows here.")
          boolean api,
      @Option(
              names = "--remove",
              description = "Take away what was allowed to units that are no longer found.")
          boolean remove,
      @Option(
              names = "--check",
              description = "Change nothing; exit with 1 if something would be changed.")
          boolean check)
      throws InterruptedException {
    Request request =
        new Request(
            roots == null ? List.of() : roots,
            Optional.ofNullable(host).map(this::hostName),
            Optional.ofNullable(user),
            engineOptions.request(engine == null ? null : address(engine)),
            api,
            remove);
    try {
      HostPreparation.Outcome outcome =
          new HostPreparation(Dist.running().home()).run(request, check);
      PrintWriter out = command.commandLine().getOut();
      outcome.lines().forEach(out::println);
      outcome.notes().forEach(note -> out.println("note     " + note));
      out.flush();
      return check && outcome.differed() ? DIFFERS : 0;
    } catch (Refused refused) {
      throw new CommandFailure(refused.getMessage(), refused);
    } catch (IOException e) {
      throw new CommandFailure(
          "this machine could not be prepared: " + e.getMessage() + "; it can be repeated", e);
    }
  }

  private HostName hostName(String written) {
    try {
      return HostName.of(written);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(command.commandLine(), wrong.getMessage());
    }
  }

  private String address(String written) {
    EngineChoice engine = EngineChoice.of(written);
    if (engine.target() == null) {
      throw new ParameterException(
          command.commandLine(), "'" + written + "' is no address; write HOST:PORT");
    }
    return engine.target();
  }
}
