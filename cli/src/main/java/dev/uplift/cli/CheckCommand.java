package dev.uplift.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.cli.ApiClient.Answer;
import dev.uplift.release.Tag;
import dev.uplift.tenant.Slug;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "check",
    sortOptions = false,
    header = "Asks the hosts whether tenants could be upgraded now.",
    description =
        "%nMakes all the checks with which an upgrade begins, and changes nothing. Ends with 0 if"
            + " every tenant could be upgraded, else with 1.%n")
final class CheckCommand implements Callable<Integer> {
  private static final int AT_ONCE = 8;
  private static final Duration PATIENCE = Duration.ofMinutes(6);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Spec private CommandSpec command;

  @ArgGroup(multiplicity = "1")
  private Selection selection;

  private static final class Selection {
    @Parameters(paramLabel = "TENANT", arity = "1..*", description = "The tenants to check.")
    private List<String> tenants;

    @Option(names = "--all", description = "Check every tenant that is registered.")
    private boolean all;
  }

  @Option(
      names = "--to",
      paramLabel = "VERSION",
      description = "The release that they would be upgraded to (default: the latest).")
  private String target;

  @Option(names = "--json", description = "Print what the hosts said as JSON.")
  private boolean json;

  @Mixin private ConnectionOptions connection;

  @Override
  public Integer call() throws InterruptedException {
    ApiClient api = new ApiClient(connection.resolve());
    String body = body();
    Map<String, String> hosts = hosts(api);
    List<String> tenants = selection.all ? List.copyOf(hosts.keySet()) : known(hosts);
    List<Checked> checked = check(api, tenants, hosts, body);
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
      if (!Tag.isValid(target)) {
        throw new CommandFailure("--to: '" + target + "' is not a release, like v1.2.3");
      }
      body.put("target_version", target);
    }
    return body.toString();
  }

  /** The host of every tenant that is registered. */
  private static Map<String, String> hosts(ApiClient api) throws InterruptedException {
    Answer answer = api.get("/api/tenants");
    if (!answer.isSuccess()) {
      throw new CommandFailure("the tenants were not told: " + answer.problem());
    }
    Map<String, String> hosts = new LinkedHashMap<>();
    for (JsonNode tenant : answer.body().path("tenants")) {
      hosts.put(tenant.path("id").asText(), tenant.path("host").asText());
    }
    return hosts;
  }

  private List<String> known(Map<String, String> hosts) {
    for (String tenant : selection.tenants) {
      if (!hosts.containsKey(tenant)) {
        throw new CommandFailure("there is no tenant '" + tenant + "' in the registry");
      }
    }
    return selection.tenants.stream().map(Slug::of).map(Slug::value).distinct().toList();
  }

  private static List<Checked> check(
      ApiClient api, List<String> tenants, Map<String, String> hosts, String body)
      throws InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<Checked>> answers = new ArrayList<>();
      for (String tenant : tenants) {
        answers.add(
            threads.submit(
                () ->
                    new Checked(
                        tenant,
                        hosts.get(tenant),
                        api.postAndWait("/api/tenants/" + tenant + "/check", body, PATIENCE))));
      }
      List<Checked> checked = new ArrayList<>();
      for (Future<Checked> answer : answers) {
        checked.add(answer.get());
      }
      return checked;
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof CommandFailure told
          ? told
          : new IllegalStateException(failed.getCause());
    } finally {
      threads.shutdownNow();
    }
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
