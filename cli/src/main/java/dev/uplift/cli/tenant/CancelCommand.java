package dev.uplift.cli.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.client.ConnectionOptions;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.tenant.Slug;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "cancel",
    sortOptions = false,
    header = "Has the upgrade of a tenant that runs give up.",
    description =
        "%nBefore the release is committed the tenant goes back to what it was; after it there is"
            + " nothing to give up, and the server says so.%n")
public final class CancelCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "TENANT",
      converter = SlugConverter.class,
      description = "The tenant that is being upgraded.")
  private Slug tenant;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the audit log.")
  private String reason;

  @Mixin private ConnectionOptions connection;

  @Override
  public Integer call() throws InterruptedException {
    ApiClient api = new ApiClient(connection.resolve());
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    if (reason != null) {
      body.put("reason", reason);
    }
    String refused = "no upgrade of " + tenant + " runs";
    // There may be more than one: that of a rollout, until it finds that the tenant is busy.
    for (JsonNode running : running(api)) {
      String path = "/api/upgrades/" + running.path("upgrade_id").asText();
      Answer answer =
          api.post(path + "/cancel", body.toString(), "Content-Type", "application/json");
      if (answer.isSuccess()) {
        command.commandLine().getOut().println("It gives up if it still can. How it ends: " + path);
        return 0;
      }
      refused = "it was not cancelled: " + answer.problem();
    }
    throw new CommandFailure(refused);
  }

  private JsonNode running(ApiClient api) throws InterruptedException {
    Answer answer = api.get("/api/upgrades?status=running&tenant=" + tenant);
    if (!answer.isSuccess()) {
      throw new CommandFailure("nothing was cancelled: " + answer.problem());
    }
    return answer.body().path("upgrades");
  }
}
