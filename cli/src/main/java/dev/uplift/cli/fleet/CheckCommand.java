package dev.uplift.cli.fleet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.client.ConnectionOptions;
import dev.uplift.cli.console.TagConverter;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "check",
    sortOptions = false,
    header = "Asks the hosts whether tenants could be upgraded now.",
    description =
        "%nMakes all the checks with which an upgrade begins, and changes nothing. Ends with 0 if"
            + " every tenant could be upgraded or is up to date, else with 1.%n")
public final class CheckCommand implements Callable<Integer> {
  private static final int AT_ONCE = 8;
  private static final Duration PATIENCE = Duration.ofMinutes(6);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Spec private CommandSpec command;

  @ArgGroup(multiplicity = "1")
  private TenantSelection selection;

  @Option(
      names = "--to",
      paramLabel = "VERSION",
      converter = TagConverter.class,
      description = "The release that they would be upgraded to (default: the latest).")
  private String target;

  @Option(names = "--json", description = "Print what the hosts said as JSON.")
  private boolean json;

  @Mixin private ConnectionOptions connection;

  @Override
  public Integer call() throws InterruptedException {
    ApiClient api = new ApiClient(connection.resolve());
    String body = body();
    List<Checked> checked =
        selection.ask(
            api,
            AT_ONCE,
            (tenant, host) -> api.postAndWait("/api/tenants/" + tenant + "/check", body, PATIENCE),
            Checked::new);
    PrintWriter out = command.commandLine().getOut();
    if (json) {
      out.println(asJson(checked));
    } else {
      CheckTable.of(checked).forEach(out::println);
    }
    return checked.stream().allMatch(Checked::isReady) ? 0 : 1;
  }

  private String body() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    if (target != null) {
      body.put("target_version", target);
    }
    return body.toString();
  }

  private static String asJson(List<Checked> checked) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (Checked one : checked) {
      ObjectNode entry = all.addObject().put("tenant", one.tenant()).put("host", one.host());
      if (one.answer().isSuccess()) {
        entry.setAll((ObjectNode) one.answer().body());
      } else {
        entry.put("ready", false).put("problem", one.answer().problem());
      }
    }
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** What was answered about a tenant. */
  record Checked(String tenant, String host, Answer answer) {
    boolean isReady() {
      return answer.isSuccess() && answer.body().path("ready").asBoolean();
    }
  }
}
