package dev.uplift.cli.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.tenant.Slug;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The tenants that a client command is about. */
public final class TenantSelection {
  @Parameters(paramLabel = "TENANT", arity = "1..*", description = "These tenants.")
  private List<String> tenants;

  @Option(names = "--all", description = "Every tenant that is registered.")
  private boolean all;

  /** What is asked about one tenant. */
  public interface Question<T> {
    T ask(String tenant, String host) throws InterruptedException;
  }

  /**
   * Asks about each of them, and gives the answers in their order.
   *
   * @param atOnce how many are asked about at the same time
   */
  public <T> List<T> ask(ApiClient api, int atOnce, Question<T> question)
      throws InterruptedException {
    Map<String, String> hosts = hosts(api);
    ExecutorService threads = Executors.newFixedThreadPool(atOnce);
    try {
      List<Future<T>> answers = new ArrayList<>();
      for (String tenant : all ? List.copyOf(hosts.keySet()) : known(hosts)) {
        answers.add(threads.submit(() -> question.ask(tenant, hosts.get(tenant))));
      }
      List<T> answered = new ArrayList<>();
      for (Future<T> answer : answers) {
        answered.add(answer.get());
      }
      return answered;
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof CommandFailure told
          ? told
          : new IllegalStateException(failed.getCause());
    } finally {
      threads.shutdownNow();
    }
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
    for (String tenant : tenants) {
      if (!hosts.containsKey(tenant)) {
        throw new CommandFailure("there is no tenant '" + tenant + "' in the registry");
      }
    }
    return tenants.stream().map(Slug::of).map(Slug::value).distinct().toList();
  }
}
