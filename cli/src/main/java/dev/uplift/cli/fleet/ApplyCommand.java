package dev.uplift.cli.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.client.ConnectionOptions;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.console.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
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
public final class ApplyCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @Mixin private ConnectionOptions connection;

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "The fleet file, see docs/fleet.md; several are read as one.")
  private List<Path> files;

  @Option(names = "--dry-run", description = "Only tell what would change.")
  private boolean dryRun;

  @Option(
      names = "--prune",
      description =
          "Delete from the registry what no file names, never a tenant that is busy or held. It is"
              + " listed, and done when you confirm it. Nothing on a host is touched.")
  private boolean prune;

  @Option(names = "--yes", description = "Confirm it; needed where nobody can be asked.")
  private boolean yes;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = command.commandLine().getOut();
    String yaml = FleetFiles.read(files);
    String source = files.stream().map(Path::toString).collect(Collectors.joining(", "));
    ApiClient api = new ApiClient(connection.resolve());
    if (!prune) {
      lines(apply(api, yaml, dryRun, source)).forEach(out::println);
      return 0;
    }
    Answer preview = send(api, yaml, "?dry_run=true&prune=true", source, null);
    boolean deletes = !preview.body().path("deleted").isEmpty();
    if (dryRun || deletes) {
      lines(preview.body()).forEach(out::println);
      out.flush();
    }
    if (!dryRun) {
      if (deletes) {
        requireConsent(preview.body().path("deleted").size());
      }
      // Only what was shown is deleted: a registry that was changed meanwhile is refused.
      Answer applied = send(api, yaml, "?prune=true", source, preview.eTag());
      lines(applied.body()).forEach(out::println);
    }
    return 0;
  }

  private void requireConsent(int count) {
    if (yes) {
      return;
    }
    if (!Terminal.is(Terminal.INPUT)) {
      throw new CommandFailure(
          "nothing was applied: " + count + " would be deleted, confirm that with --yes");
    }
    PrintWriter out = command.commandLine().getOut();
    out.print("Delete " + count + " from the registry? [y/N] ");
    out.flush();
    try {
      String answer =
          new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
      if (answer == null || !answer.strip().matches("(?i)y(es)?")) {
        throw new CommandFailure("nothing was applied");
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /**
   * @param source what an error calls the file
   */
  public static JsonNode apply(ApiClient api, String yaml, boolean dryRun, String source)
      throws InterruptedException {
    return send(api, yaml, dryRun ? "?dry_run=true" : "", source, null).body();
  }

  private static Answer send(
      ApiClient api, String yaml, String query, String source, String onlyIfState)
      throws InterruptedException {
    List<String> headers = new ArrayList<>(List.of("Content-Type", "application/yaml"));
    if (onlyIfState != null) {
      headers.addAll(List.of("If-Match", onlyIfState));
    }
    Answer answer = api.post("/api/fleet" + query, yaml, headers.toArray(String[]::new));
    if (!answer.isSuccess()) {
      throw new CommandFailure(source + " was not applied: " + answer.problem());
    }
    return answer;
  }

  /**
   * A line for each thing that was or would be created, changed or deleted, with what is other than
   * before, and how many stayed.
   */
  static List<String> lines(JsonNode outcome) {
    boolean dryRun = outcome.path("dry_run").asBoolean();
    List<String> lines = new ArrayList<>();
    for (JsonNode name : outcome.path("created")) {
      lines.add((dryRun ? "would create " : "created ") + name.asText());
    }
    for (JsonNode name : outcome.path("changed")) {
      lines.add((dryRun ? "would change " : "changed ") + name.asText());
      for (JsonNode difference : outcome.path("differences")) {
        if (difference.path("object").equals(name)) {
          lines.add(
              "  %s: %s -> %s"
                  .formatted(
                      difference.path("key").asText(),
                      shown(difference.get("before")),
                      shown(difference.get("after"))));
        }
      }
    }
    for (JsonNode name : outcome.path("deleted")) {
      lines.add((dryRun ? "would delete " : "deleted ") + name.asText());
    }
    int unchanged = outcome.path("unchanged").size();
    if (unchanged > 0 || lines.isEmpty()) {
      lines.add(unchanged + " unchanged");
    }
    JsonNode notNamed = outcome.path("not_named");
    if (!notNamed.isEmpty()) {
      lines.add(
          notNamed.size()
              + " registered, but not in the file (--prune deletes): "
              + StreamSupport.stream(notNamed.spliterator(), false)
                  .map(JsonNode::asText)
                  .collect(Collectors.joining(", ")));
    }
    return lines;
  }

  private static String shown(JsonNode value) {
    return value == null || value.isNull()
        ? "(none)"
        : value.isTextual() ? value.asText() : value.toString();
  }
}
