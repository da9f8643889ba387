package dev.uplift.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** The API as a client sees it that knows nothing of Uplift's classes. */
public final class Calls {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI api;
  private final String token;
  private final List<String> heard = new CopyOnWriteArrayList<>();

  public Calls(URI api, String token) {
    this.api = api;
    this.token = token;
  }

  public record Answer(int status, JsonNode body) {
    /** The report of an upgrade, wherever the answer carries it. */
    public JsonNode report() {
      return body.has("report") ? body.get("report") : body;
    }
  }

  public URI api() {
    return api;
  }

  public Answer get(String path) throws IOException, InterruptedException {
    return send(request(path).GET());
  }

  /** What is answered with anything but JSON. */
  public String text(String path) throws IOException, InterruptedException {
    return heard(http.send(request(path).GET().build(), HttpResponse.BodyHandlers.ofString()))
        .body();
  }

  /** All that was answered so far, headers and bodies. */
  public List<String> heard() {
    return heard;
  }

  private HttpResponse<String> heard(HttpResponse<String> response) {
    heard.add(response.headers().map() + "\n" + response.body());
    return response;
  }

  public Answer post(String path, String json) throws IOException, InterruptedException {
    return send(json(path, json));
  }

  public Answer postYaml(String path, String yaml) throws IOException, InterruptedException {
    return send(
        request(path)
            .header("Content-Type", "application/yaml")
            .POST(BodyPublishers.ofString(yaml)));
  }

  public Answer put(String path, JsonNode body) throws IOException, InterruptedException {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(body.toString())));
  }

  public Answer delete(String path) throws IOException, InterruptedException {
    return send(request(path).DELETE());
  }

  /** Upgrades a tenant and waits for the end. */
  public Answer upgrade(String tenant, String json) throws IOException, InterruptedException {
    return post("/api/tenants/" + tenant + "/upgrade", json);
  }

  /** Starts an upgrade and returns where it can be asked for. */
  public String startUpgrade(String tenant, String json) throws IOException, InterruptedException {
    return start("/api/tenants/" + tenant + "/upgrade", json);
  }

  /** That of the last upgrade of a tenant; null while that runs. */
  public JsonNode newestReport(String tenant) throws IOException, InterruptedException {
    JsonNode page = get("/api/upgrades?limit=1&tenant=" + tenant).body();
    return get("/api/upgrades/" + page.at("/upgrades/0/upgrade_id").asText()).body().get("report");
  }

  /**
   * Starts what answers with a report, and returns where it can be asked for.
   *
   * @throws IOException also if the API cannot start it just now
   */
  public String start(String path, String json) throws IOException, InterruptedException {
    HttpResponse<String> response =
        heard(
            http.send(
                json(path, json).header("Prefer", "respond-async").build(),
                HttpResponse.BodyHandlers.ofString()));
    if (response.statusCode() == 503) {
      throw new IOException("not now: " + response.body());
    }
    if (response.statusCode() != 202) {
      throw new IllegalStateException("not started: " + response.body());
    }
    return response.headers().firstValue("Location").orElseThrow();
  }

  public CompletableFuture<Answer> upgradeInBackground(String tenant, String json) {
    return http.sendAsync(
            json("/api/tenants/" + tenant + "/upgrade", json).build(),
            HttpResponse.BodyHandlers.ofString())
        .thenApply(this::answer);
  }

  private HttpRequest.Builder json(String path, String json) {
    return request(path)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(json));
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(api.resolve(path)).timeout(Duration.ofMinutes(5));
    return token == null ? request : request.header("Authorization", "Bearer " + token);
  }

  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return answer(http.send(request.build(), HttpResponse.BodyHandlers.ofString()));
  }

  private Answer answer(HttpResponse<String> response) {
    heard(response);
    try {
      return new Answer(
          response.statusCode(),
          response.body().isEmpty() ? MissingNode.getInstance() : JSON.readTree(response.body()));
    } catch (IOException notJson) {
      throw new IllegalStateException("not JSON: " + response.body(), notJson);
    }
  }
}
