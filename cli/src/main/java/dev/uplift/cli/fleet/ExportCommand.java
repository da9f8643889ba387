package dev.uplift.cli.fleet;

import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ConnectionOptions;
import dev.uplift.cli.console.CommandFailure;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "export",
    sortOptions = false,
    header = "Writes what is registered as a fleet file.",
    description = "%nApplied, that file changes nothing.%n")
public final class ExportCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @Mixin private OutputFile output;
  @Mixin private ConnectionOptions connection;

  @Override
  public Integer call() throws InterruptedException {
    ApiClient.Answer answer = new ApiClient(connection.resolve()).getYaml("/api/fleet");
    if (!answer.isSuccess()) {
      throw new CommandFailure("the registry was not told: " + answer.problem());
    }
    output.write(answer.text(), command.commandLine().getOut());
    return 0;
  }
}
