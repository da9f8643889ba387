package dev.uplift.cli;

import dev.uplift.api.registry.RegistrySettingsException;
import dev.uplift.cli.backup.BackupsCommand;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.demo.DemoCommand;
import dev.uplift.cli.engine.EngineCommand;
import dev.uplift.cli.fleet.ApplyCommand;
import dev.uplift.cli.fleet.CheckCommand;
import dev.uplift.cli.fleet.DiscoverCommand;
import dev.uplift.cli.fleet.ExportCommand;
import dev.uplift.cli.install.Dist;
import dev.uplift.cli.install.DistCommand;
import dev.uplift.cli.install.HostCommand;
import dev.uplift.cli.rollout.RolloutCommand;
import dev.uplift.cli.server.ApiCommand;
import dev.uplift.cli.server.UpCommand;
import dev.uplift.cli.server.WorkerCommand;
import dev.uplift.cli.tenant.CancelCommand;
import dev.uplift.cli.tenant.LogsCommand;
import dev.uplift.cli.tenant.ReleaseCommand;
import dev.uplift.cli.tenant.ResumeCommand;
import dev.uplift.cli.tenant.RollbackCommand;
import dev.uplift.cli.tenant.TenantsCommand;
import dev.uplift.cli.tenant.UpgradeCommand;
import dev.uplift.cli.tenant.VersionCommand;
import dev.uplift.cli.token.TokenCommand;
import dev.uplift.engine.EngineSettingsException;
import dev.uplift.sandbox.SandboxException;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The one executable: it runs the parts of Uplift, and talks to them. */
@Command(
    name = "uplift",
    description = "Upgrades fleets of single-tenant applications, or leaves them as they were.",
    mixinStandardHelpOptions = true,
    versionProvider = Uplift.Version.class,
    sortOptions = false,
    scope = CommandLine.ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed; the reason is on standard error", "2:wrong usage"})
public final class Uplift {
  private static final List<Class<?>> COMMANDS =
      List.of(
          DemoCommand.class,
          UpCommand.class,
          ApiCommand.class,
          WorkerCommand.class,
          DiscoverCommand.class,
          ApplyCommand.class,
          ExportCommand.class,
          CheckCommand.class,
          TenantsCommand.class,
          VersionCommand.class,
          UpgradeCommand.class,
          RolloutCommand.class,
          CancelCommand.class,
          RollbackCommand.class,
          ResumeCommand.class,
          ReleaseCommand.class,
          LogsCommand.class,
          BackupsCommand.class,
          TokenCommand.class,
          EngineCommand.class,
          HostCommand.class,
          DistCommand.class,
          CompletionCommand.class);

  public static void main(String[] args) {
    CommandLine line = commandLine(meant(args));
    // One writer for all commands, so that nothing of what they print is left in another.
    line.setOut(line.getOut());
    int exitCode = line.execute(args);
    line.getOut().flush();
    boolean lost = System.out.checkError();
    if (lost) {
      System.err.println("uplift: not all could be printed: is the disk full, or the reader gone?");
    }
    System.exit(lost && exitCode == 0 ? CommandLine.ExitCode.SOFTWARE : exitCode);
  }

  /** Only the command that is meant: to read the options of all takes longer than most commands. */
  private static List<Class<?>> meant(String[] args) {
    List<Class<?>> named =
        COMMANDS.stream()
            .filter(command -> args.length > 0 && nameOf(command).equals(args[0]))
            .toList();
    boolean needsAll = named.isEmpty() || named.contains(CompletionCommand.class);
    return needsAll ? COMMANDS : named;
  }

  private static String nameOf(Class<?> command) {
    return command.getAnnotation(Command.class).name();
  }

  /** All commands, with what all of them do when one fails. */
  public static CommandLine commandLine() {
    return commandLine(COMMANDS);
  }

  private static CommandLine commandLine(List<Class<?>> commands) {
    CommandLine line = new CommandLine(new Uplift());
    commands.forEach(line::addSubcommand);
    return line.setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((wrong, arguments) -> tell(wrong))
        .setExecutionExceptionHandler((failure, command, parsed) -> tell(failure, command));
  }

  /** Says what is wrong; the whole usage text would hide it. */
  private static int tell(ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("uplift: " + wrong.getMessage());
    UnmatchedArgumentException.printSuggestions(wrong, err);
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    err.flush();
    return CommandLine.ExitCode.USAGE;
  }

  /** What somebody can act on is said in a line; what nobody foresaw needs its stack trace. */
  private static int tell(Exception failure, CommandLine command) {
    PrintWriter err = command.getErr();
    if (failure instanceof CommandFailure
        || failure instanceof SandboxException
        || failure instanceof EngineSettingsException
        || failure instanceof RegistrySettingsException) {
      err.println("uplift: " + failure.getMessage());
    } else if (failure instanceof InterruptedException) {
      err.println("uplift: interrupted");
    } else {
      failure.printStackTrace(err);
    }
    err.flush();
    return CommandLine.ExitCode.SOFTWARE;
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"uplift " + Dist.version()};
    }
  }
}
