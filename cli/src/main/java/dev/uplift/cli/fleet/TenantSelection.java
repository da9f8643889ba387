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

  /** What is asked about one tenant on that host. */
  public interface Question {
    Answer ask(String tenant, String host) throws InterruptedException;
  }

  /** What a command makes of an answer about a tenant on that host. */
  public interface Reading<T> {
    T of(String tenant, String host, Answer answer);
  }

  /**
   * Asks about each of them, and gives the answers in their order. What happened to one tenant is
   * told whatever became of the question about another.
   *
   * @param atOnce how many are asked about at the same time
   */
  public <T> List<T> ask(ApiClient api, int atOnce, Question question, Reading<T> reading)
      throws InterruptedException {
    Map<String, String> hosts = hosts(api);
    ExecutorService threads = Executors.newFixedThreadPool(atOnce);
    try {
      List<Future<T>> answers = new ArrayList<>();
      for (String tenant : all ? List.copyOf(hosts.keySet()) : known(hosts)) {
        String host = hosts.get(tenant);
        answers.add(threads.submit(() -> reading.of(tenant, host, answer(question, tenant, host))));
      }
      List<T> answered = new ArrayList<>();
      for (Future<T> answer : answers) {
        answered.add(answer.get());
      }
      return answered;
    } catch (ExecutionException failed) {
      throw new IllegalStateException(failed.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  private static Answer answer(Question question, String tenant, String host)
      throws InterruptedException {
    try {
      return question.ask(tenant, host);
    } catch (CommandFailure failed) {
      return Answer.missing(failed);
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
