package dev.uplift.cli.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ConnectionOptions;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.tenant.Slug;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "release",
    sortOptions = false,
    header = "Ends the hold of a tenant that a person has looked after.",
    description =
        "%nLets its services be started and the next upgrade begin, and touches nothing else of it."
            + " Needs a token with the scope admin.%n")
public final class ReleaseCommand implements Callable<Integer> {
  // Longer than the API itself waits for the host: its answer says more.
  private static final Duration PATIENCE = Duration.ofMinutes(7);

  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "TENANT",
      converter = SlugConverter.class,
      description = "The tenant that is held.")
  private Slug tenant;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "What was done; it is recorded.")
  private String reason;

  @Option(
      names = "--upgrade",
      paramLabel = "ID",
      description = "The upgrade whose hold is meant (default: whatever holds the tenant).")
  private UUID upgrade;

  @Option(names = "--start", description = "Start the services anew that were up before, too.")
  private boolean start;

  @Mixin private ConnectionOptions connection;

  @Override
  public Integer call() throws InterruptedException {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("reason", reason);
    if (upgrade != null) {
      body.put("upgrade_id", upgrade.toString());
    }
    body.put("start_services", start);
    ApiClient.Answer answer =
        new ApiClient(connection.resolve())
            .postAndWait("/api/tenants/" + tenant + "/release", body.toString(), PATIENCE);
    if (!answer.isSuccess()) {
      throw new CommandFailure(tenant + " was not released: " + answer.problem());
    }
    PrintWriter out = command.commandLine().getOut();
    out.println(tenant + " is released.");
    for (JsonNode note : answer.body().path("notes")) {
      out.println(note.asText());
    }
    for (JsonNode unit : answer.body().path("units")) {
      String state = unit.path("running").asBoolean() ? "runs" : "is down";
      out.println("  " + unit.path("name").asText() + " " + state);
    }
    return 0;
  }
}
