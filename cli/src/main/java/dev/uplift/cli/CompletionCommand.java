package dev.uplift.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    header = "Prints what makes bash and zsh complete these commands.",
    description = "%nTo have it in this shell: source <(uplift completion)%n")
final class CompletionCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    CommandLine root = command.root().commandLine();
    command.commandLine().getOut().print(AutoComplete.bash(command.root().name(), root));
    return 0;
  }
}
