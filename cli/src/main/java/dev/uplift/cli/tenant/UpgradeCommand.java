package dev.uplift.cli.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.client.ConnectionOptions;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.console.TagConverter;
import dev.uplift.tenant.Slug;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "upgrade",
    sortOptions = false,
    header = "Upgrades a tenant, or leaves it as it was.",
    description = "%nWaits for its end, and ends with 0 only if the tenant runs the release.%n")
public final class UpgradeCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "TENANT",
      converter = SlugConverter.class,
      description = "The tenant to upgrade.")
  private Slug tenant;

  @Option(
      names = "--to",
      paramLabel = "VERSION",
      converter = TagConverter.class,
      description = "The release (default: the latest).")
  private String target;

  @Option(names = "--no-backup", description = "Do not keep the backup when it succeeds.")
  private boolean noBackup;

  @Option(names = "--no-migrations", description = "Run no migrations.")
  private boolean noMigrations;

  @Option(
      names = "--force",
      description = "Upgrade it although it is ill or at that release; needs --reason.")
  private boolean force;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the audit log.")
  private String reason;

  @Option(names = "--detach", description = "Start it, say where to ask, and do not wait.")
  private boolean detach;

  @Option(names = "--json", description = "Print the report as JSON.")
  private boolean json;

  @Mixin private ConnectionOptions connection;

  @Mixin private UpgradeExitCodes exitCodes;

  @Override
  public Integer call() throws Exception {
    ApiClient api = new ApiClient(connection.resolve());
    PrintWriter out = command.commandLine().getOut();
    Answer answer =
        api.post(
            "/api/tenants/" + tenant + "/upgrade",
            body().toString(),
            "Content-Type",
            "application/json",
            "Prefer",
            "respond-async");
    if (!answer.isSuccess()) {
      throw new CommandFailure(tenant + " is not upgraded: " + answer.problem());
    }
    if (detach) {
      out.println(json ? answer.body().toPrettyString() : "Started: " + answer.location());
      return 0;
    }
    PrintWriter steps = json ? new PrintWriter(OutputStream.nullOutputStream()) : out;
    steps.println("Upgrade " + answer.body().path("upgrade_id").asText() + " of " + tenant + ":");
    Followed upgrade = new Followed(api, "upgrade", answer.location(), steps);
    JsonNode ended = upgrade.toItsEnd();
    String status = ended.path("status").asText();
    if (json) {
      JsonNode report = ended.path("report");
      out.println((report.isObject() ? report : ended).toPrettyString());
    } else {
      out.println("Upgrade of " + tenant + ": " + status + now(ended.path("report")));
    }
    out.flush();
    return upgrade.exitCode(ended, command.commandLine().getErr());
  }

  private static String now(JsonNode report) {
    String version = report.path("new_version").asText("");
    JsonNode downtime = report.path("downtime_ms");
    return (version.isEmpty() ? "" : ", it runs " + version)
        + (downtime.isNumber() ? ", " + downtime.asLong() + " ms down" : "");
  }

  private ObjectNode body() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    if (target != null) {
      body.put("target_version", target);
    }
    body.put("backup_db", !noBackup);
    body.put("run_migrations", !noMigrations);
    if (force) {
      body.put("force", true);
    }
    if (reason != null) {
      body.put("reason", reason);
    }
    return body;
  }
}
