package dev.uplift.cli.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ConnectionOptions;
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
    name = "resume",
    sortOptions = false,
    header = "Goes on putting a held tenant back, from where that stopped.",
    description = "%nEnds with 0 if the tenant is as it was before.%n")
public final class ResumeCommand implements Callable<Integer> {
  // As long as the copy of a large database may take.
  private static final Duration PATIENCE = Duration.ofHours(3);

  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "TENANT",
      converter = SlugConverter.class,
      description = "The tenant that is held.")
  private Slug tenant;

  @Option(names = "--reason", paramLabel = "TEXT", description = "What was mended; it is recorded.")
  private String reason;

  @Option(
      names = "--upgrade",
      paramLabel = "ID",
      description = "The upgrade that is meant (default: the one that holds the tenant).")
  private UUID upgrade;

  @Mixin private ConnectionOptions connection;

  @Mixin private UpgradeExitCodes exitCodes;

  @Override
  public Integer call() throws InterruptedException {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    if (reason != null) {
      body.put("reason", reason);
    }
    if (upgrade != null) {
      body.put("upgrade_id", upgrade.toString());
    }
    ApiClient.Answer answer =
        new ApiClient(connection.resolve())
            .postAndWait("/api/tenants/" + tenant + "/resume", body.toString(), PATIENCE);
    PrintWriter out = command.commandLine().getOut();
    if (!answer.isSuccess()) {
      for (JsonNode line : answer.body().path("runbook")) {
        out.println(line.asText());
      }
      out.flush();
      command
          .commandLine()
          .getErr()
          .println("uplift: %s is not back: %s".formatted(tenant, answer.problem()));
      return UpgradeEnd.exitCode(answer.body().path("outcome").asText());
    }
    out.println(tenant + " is as it was: " + answer.body().path("new_version").asText());
    return 0;
  }
}
