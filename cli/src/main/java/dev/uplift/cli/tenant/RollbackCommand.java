package dev.uplift.cli.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
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
    name = "rollback",
    sortOptions = false,
    header = "Takes a tenant back to before its last upgrade.",
    description =
        "%nThe tenant gets the release and the database again that it had before. Without --confirm"
            + " nothing is changed: it is told which rows would be given up. Another rollback undoes"
            + " a rollback. Ends with 0 only if the tenant was rolled back.%n")
public final class RollbackCommand implements Callable<Integer> {
  private static final Duration QUESTION = Duration.ofHours(2).plusMinutes(2);
  private static final String NEEDS_CONFIRMATION = "urn:uplift:problem:rollback-needs-confirmation";

  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "TENANT",
      converter = SlugConverter.class,
      description = "The tenant to take back.")
  private Slug tenant;

  @Option(
      names = "--confirm",
      paramLabel = "ID",
      description = "The upgrade to undo, as this command tells it without this option.")
  private UUID confirm;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the audit log.")
  private String reason;

  @Mixin private ConnectionOptions connection;

  @Mixin private UpgradeExitCodes exitCodes;

  @Override
  public Integer call() throws Exception {
    String path = "/api/tenants/" + tenant + "/rollback";
    ApiClient api = new ApiClient(connection.resolve());
    PrintWriter out = command.commandLine().getOut();
    Answer answer = api.postAndWait(path, body(), QUESTION, "Prefer", "respond-async");
    if (answer.status() == 202) {
      return follow(api, answer.location(), out);
    }
    if (answer.body().path("type").asText().equals(NEEDS_CONFIRMATION)) {
      RollbackTable.of(tenant.value(), reason, answer.body()).forEach(out::println);
      out.flush();
      throw new CommandFailure("nothing was rolled back: that needs --confirm");
    }
    throw new CommandFailure(tenant + " was not rolled back: " + answer.problem());
  }

  private String body() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    if (confirm != null) {
      body.put("confirm", confirm.toString());
    }
    if (reason != null) {
      body.put("reason", reason);
    }
    return body.toString();
  }

  private int follow(ApiClient api, String location, PrintWriter out) throws Exception {
    Followed rollback = new Followed(api, "rollback", location, out);
    JsonNode ended = rollback.toItsEnd();
    String status = ended.path("status").asText();
    out.println("Rollback of " + tenant + ": " + status);
    out.flush();
    return rollback.exitCode(ended, command.commandLine().getErr());
  }
}
