package dev.uplift.cli.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.client.ConnectionOptions;
import dev.uplift.cli.console.Columns;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.tenant.Slug;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "version",
    sortOptions = false,
    header = "Tells which release a tenant runs, and which is the latest.")
public final class VersionCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "TENANT",
      converter = SlugConverter.class,
      description = "The tenant that is asked about.")
  private Slug tenant;

  @Option(names = "--json", description = "Print it as JSON.")
  private boolean json;

  @Mixin private ConnectionOptions connection;

  @Override
  public Integer call() throws InterruptedException {
    Answer answer = new ApiClient(connection.resolve()).get("/api/tenants/" + tenant + "/version");
    if (!answer.isSuccess()) {
      throw new CommandFailure("the version of " + tenant + " is not known: " + answer.problem());
    }
    JsonNode version = answer.body();
    PrintWriter out = command.commandLine().getOut();
    if (json) {
      out.println(version.toPrettyString());
      return 0;
    }
    out.println(
        "%s runs %s (%s); the latest is %s (%s)%s"
            .formatted(
                tenant,
                version.path("deployed_version").asText(Columns.UNKNOWN),
                version.path("deployed_commit").asText(Columns.UNKNOWN),
                version.path("latest_version").asText(Columns.UNKNOWN),
                version.path("latest_commit").asText(Columns.UNKNOWN),
                version.path("upgrade_available").asBoolean() ? ": it can be upgraded" : ""));
    return 0;
  }
}
