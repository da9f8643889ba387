package dev.uplift.cli.fleet;

import dev.uplift.cli.console.CommandFailure;
import dev.uplift.discover.DefinedUnits;
import dev.uplift.discover.Discovery;
import dev.uplift.discover.FleetProposal;
import dev.uplift.discover.Found;
import dev.uplift.discover.Found.LeftOut;
import dev.uplift.discover.FoundTenant;
import dev.uplift.discover.SystemdUnits;
import dev.uplift.discover.UnitSource;
import dev.uplift.prepare.Refused;
import dev.uplift.prepare.ThisMachine;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.tenant.HostName;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "discover",
    sortOptions = false,
    header = "Writes a fleet file of the tenants that this machine has already.",
    description =
        "%nReads checkouts, units, databases and ports, and changes nothing. As root it sees on which"
            + " ports every service listens; otherwise only what settings say.%n")
public final class DiscoverCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      required = true,
      description = "A directory right below which tenants are; may be given more than once.")
  private List<Path> roots;

  @Option(
      names = "--host",
      paramLabel = "NAME",
      description =
          "The name of this machine in the fleet file (default: that of its worker, else its host"
              + " name).")
  private String host;

  @Option(
      names = "--app",
      paramLabel = "NAME",
      description = "The tenants' app (default: cbapp where it fits, else called as the upstream).")
  private String app;

  @Option(
      names = "--services",
      paramLabel = "DIR",
      description = "Definitions of services that Uplift itself starts, one UNIT.yml each.")
  private Path services;

  @Mixin private OutputFile output;

  @Override
  public Integer call() {
    for (Path root : roots) {
      requireDirectory("--root", root);
    }
    HostName hostName = hostName();
    AppName appName = appName();
    FleetProposal proposal = FleetProposal.of(discover(), hostName, appName);
    PrintWriter err = command.commandLine().getErr();
    for (FoundTenant tenant : proposal.tenants()) {
      tenant.notes().forEach(note -> err.println(tenant.slug() + ": " + note));
    }
    for (LeftOut left : proposal.leftOut()) {
      err.println("left out " + left.path() + ": " + left.reason());
    }
    err.println(proposal.tenants().size() + " tenants, " + proposal.leftOut().size() + " left out");
    err.flush();
    if (proposal.tenants().isEmpty()) {
      throw new CommandFailure("no tenant was found right below " + roots);
    }
    output.write(proposal.yaml(), command.commandLine().getOut());
    return 0;
  }

  private Found discover() {
    try {
      return new Discovery(sources()).read(roots);
    } catch (IOException unreadable) {
      throw new CommandFailure(unreadable.getMessage(), unreadable);
    }
  }

  private List<UnitSource> sources() {
    List<UnitSource> sources = new ArrayList<>();
    if (SystemdUnits.isRunning()) {
      sources.add(new SystemdUnits());
    }
    if (services != null) {
      requireDirectory("--services", services);
      sources.add(new DefinedUnits(services));
    }
    if (sources.isEmpty()) {
      throw new CommandFailure(
          "systemd does not run on this machine: give the definitions of its services with"
              + " --services");
    }
    return sources;
  }

  private HostName hostName() {
    try {
      return host == null ? ownName() : new HostName(host);
    } catch (IOException | IllegalArgumentException unusable) {
      throw wrong(
          "the name of this machine is unusable, give one with --host: " + unusable.getMessage());
    }
  }

  private HostName ownName() throws IOException {
    try {
      Optional<HostName> ofWorker = ThisMachine.nameOfWorker();
      return ofWorker.isPresent() ? ofWorker.get() : ThisMachine.name();
    } catch (Refused malformed) {
      throw new CommandFailure(malformed.getMessage(), malformed);
    } catch (AccessDeniedException denied) {
      HostName name = ThisMachine.name();
      command
          .commandLine()
          .getErr()
          .println(
              "this host was taken to be called "
                  + name
                  + ", since only root may look it up in "
                  + denied.getFile());
      return name;
    }
  }

  private AppName appName() {
    try {
      return app == null ? null : AppName.of(app);
    } catch (IllegalArgumentException unusable) {
      throw wrong("--app: " + unusable.getMessage());
    }
  }

  private void requireDirectory(String option, Path directory) {
    if (!Files.isDirectory(directory)) {
      throw wrong(option + ": " + directory + " is not a directory");
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
