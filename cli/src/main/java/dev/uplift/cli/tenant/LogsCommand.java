package dev.uplift.cli.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.client.ConnectionOptions;
import dev.uplift.cli.console.Columns;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.tenant.Slug;
import java.io.PrintWriter;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "logs",
    sortOptions = false,
    header = "Shows what was printed and logged during an upgrade of a tenant.",
    description =
        "%nWhat scripts printed, what services logged, how the health checks went, as the tenant's"
            + " host has kept it.%n")
public final class LogsCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "TENANT",
      converter = SlugConverter.class,
      description = "The tenant that was upgraded.")
  private Slug tenant;

  @Option(
      names = "--upgrade",
      paramLabel = "ID",
      description = "The upgrade that is meant (default: the last one).")
  private UUID upgrade;

  @Option(names = "--json", description = "Print it as JSON, with the journal.")
  private boolean json;

  @Mixin private ConnectionOptions connection;

  @Override
  public Integer call() throws InterruptedException {
    ApiClient api = new ApiClient(connection.resolve());
    JsonNode entry = which(api);
    JsonNode evidence =
        ask(api, "/api/upgrades/" + entry.path("upgrade_id").asText() + "/evidence");
    PrintWriter out = command.commandLine().getOut();
    if (json) {
      out.println(evidence.toPrettyString());
      return 0;
    }
    out.println(
        "Upgrade "
            + entry.path("upgrade_id").asText()
            + " to "
            + entry.path("target_version").asText(Columns.UNKNOWN)
            + ": "
            + entry.path("status").asText());
    for (JsonNode piece : evidence.path("pieces")) {
      out.println("== " + piece.path("name").asText() + ", " + piece.path("at").asText());
      long cut = piece.path("cut_bytes").asLong();
      if (cut > 0) {
        out.println("(the first " + cut + " bytes were not kept)");
      }
      out.println(piece.path("text").asText().stripTrailing());
    }
    return 0;
  }

  private JsonNode which(ApiClient api) throws InterruptedException {
    if (upgrade != null) {
      JsonNode named = ask(api, "/api/upgrades/" + upgrade);
      String of = named.path("tenant").asText();
      if (!of.equals(tenant.value())) {
        throw new CommandFailure("upgrade " + upgrade + " is one of " + of + ", not of " + tenant);
      }
      return named;
    }
    JsonNode last = ask(api, "/api/upgrades?limit=1&tenant=" + tenant).path("upgrades").path(0);
    if (last.isMissingNode()) {
      throw new CommandFailure("no upgrade of a tenant " + tenant + " is known");
    }
    return last;
  }

  private JsonNode ask(ApiClient api, String path) throws InterruptedException {
    Answer answer = api.get(path);
    if (!answer.isSuccess()) {
      throw new CommandFailure("the logs of " + tenant + " were not told: " + answer.problem());
    }
    return answer.body();
  }
}
