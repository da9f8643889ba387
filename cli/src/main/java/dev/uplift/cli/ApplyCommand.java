package dev.uplift.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "apply",
    sortOptions = false,
    header = "Tells the registry which hosts, apps and tenants there are.")
final class ApplyCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @Mixin private ConnectionOptions connection;

  @Parameters(paramLabel = "FILE", description = "The fleet file, see docs/fleet.md.")
  private Path file;

  @Option(names = "--dry-run", description = "Only tell what would change.")
  private boolean dryRun;

  @Override
  public Integer call() throws InterruptedException {
    String yaml = read(file);
    JsonNode outcome = apply(new ApiClient(connection.resolve()), yaml, dryRun, file.toString());
    lines(outcome).forEach(command.commandLine().getOut()::println);
    return 0;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new CommandFailure(file + " cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }

  /**
   * @param source what an error calls the file
   */
  static JsonNode apply(ApiClient api, String yaml, boolean dryRun, String source)
      throws InterruptedException {
    ApiClient.Answer answer =
        api.post(
            dryRun ? "/api/fleet?dry_run=true" : "/api/fleet",
            yaml,
            "Content-Type",
            "application/yaml");
    if (!answer.isSuccess()) {
      throw new CommandFailure(source + " was not applied: " + answer.problem());
    }
    return answer.body();
  }

  /** A line for each thing that was or would be created or changed, and how many stayed. */
  static List<String> lines(JsonNode outcome) {
    List<String> lines = new ArrayList<>();
    for (String what : List.of("created", "changed")) {
      outcome.path(what).forEach(name -> lines.add(what + " " + name.asText()));
    }
    int unchanged = outcome.path("unchanged").size();
    if (unchanged > 0 || lines.isEmpty()) {
      lines.add(unchanged + " unchanged");
    }
    return lines;
  }
}
