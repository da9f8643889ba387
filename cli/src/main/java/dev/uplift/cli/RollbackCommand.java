package dev.uplift.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.cli.ApiClient.Answer;
import dev.uplift.tenant.Slug;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
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
final class RollbackCommand implements Callable<Integer> {
  private static final Duration QUESTION = Duration.ofHours(2).plusMinutes(2);
  private static final Duration ROLLBACK = Duration.ofHours(6);
  private static final Duration POLL = Duration.ofMillis(500);
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
  private String confirm;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the audit log.")
  private String reason;

  @Mixin private ConnectionOptions connection;

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
      return 1;
    }
    throw new CommandFailure(tenant + " was not rolled back: " + answer.problem());
  }

  private String body() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    if (confirm != null) {
      try {
        body.put("confirm", UUID.fromString(confirm).toString());
      } catch (IllegalArgumentException malformed) {
        throw new CommandFailure("--confirm: '" + confirm + "' is not the id of an upgrade");
      }
    }
    if (reason != null) {
      body.put("reason", reason);
    }
    return body.toString();
  }

  private int follow(ApiClient api, String location, PrintWriter out) throws Exception {
    String path = URI.create(location).getPath();
    StepLines lines = new StepLines();
    JsonNode ended =
        Deadline.in(ROLLBACK)
            .poll(POLL, () -> over(api, path, lines, out))
            .orElseThrow(
                () -> new CommandFailure("the rollback is not over yet: ask for it at " + path));
    JsonNode report = ended.path("report");
    report.path("warnings").forEach(warning -> out.println("Warning: " + warning.asText()));
    String status = ended.path("status").asText();
    out.println("Rollback of " + tenant + ": " + status);
    if (status.equals("success")) {
      return 0;
    }
    String why = report.path("failure").path("message").asText("");
    throw new CommandFailure(
        "the rollback is no success: see " + path + (why.isEmpty() ? "" : ". " + why));
  }

  private static Optional<JsonNode> over(
      ApiClient api, String path, StepLines lines, PrintWriter out) throws InterruptedException {
    Answer answer = api.get(path);
    if (!answer.isSuccess()) {
      throw new CommandFailure("the rollback cannot be watched: " + answer.problem());
    }
    JsonNode state = answer.body();
    boolean running = state.path("status").asText().equals("running");
    lines
        .news(running ? state.path("steps") : state.path("report").path("steps"))
        .forEach(line -> out.println("  " + line));
    out.flush();
    return running ? Optional.empty() : Optional.of(state);
  }
}
