package dev.uplift.cli.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.client.ConnectionOptions;
import dev.uplift.cli.console.Columns;
import dev.uplift.cli.console.CommandFailure;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "tenants", sortOptions = false, header = "Lists the tenants.")
public final class TenantsCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Option(names = "--json", description = "Print them as JSON.")
  private boolean json;

  @Mixin private ConnectionOptions connection;

  @Override
  public Integer call() throws InterruptedException {
    Answer answer = new ApiClient(connection.resolve()).get("/api/tenants");
    if (!answer.isSuccess()) {
      throw new CommandFailure("the tenants were not told: " + answer.problem());
    }
    JsonNode tenants = answer.body().path("tenants");
    PrintWriter out = command.commandLine().getOut();
    if (json) {
      out.println(tenants.toPrettyString());
      return 0;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("TENANT", "APP", "RING", "HOST", "PATH"));
    for (JsonNode one : tenants) {
      rows.add(
          List.of(
              one.path("id").asText(),
              one.path("app").asText(),
              one.path("ring").asText(),
              one.path("host").asText(),
              one.path("path").asText()));
    }
    Columns.aligned(rows).forEach(out::println);
    return 0;
  }
}
