package dev.uplift.cli.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.console.Deadline;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * Talks to a server's HTTP API. A server that cannot be reached or trusted is a {@link
 * CommandFailure} that says what to look at; what the server refuses is an {@link Answer}.
 */
public final class ApiClient {
  private static final int NO_ANSWER = 0;
  private static final Duration CONNECT = Duration.ofSeconds(5);

  // Longer than the API itself waits for whatever it was not said to take minutes.
  private static final Duration ANSWER = Duration.ofSeconds(90);

  /** A restart of the API takes less. */
  public static final Duration AWAY_AT_MOST = Duration.ofMinutes(5);

  private static final Duration UNTIL_ASKED_AGAIN = Duration.ofSeconds(2);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Connection connection;
  private final HttpClient http;

  public ApiClient(Connection connection) {
    this.connection = connection;
    HttpClient.Builder client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
    if (connection.caFile() != null) {
      client.sslContext(TrustedBy.certificatesIn(connection.caFile()));
    }
    this.http = client.build();
  }

  /**
   * @param eTag the state of the object that was asked for; null if the answer has none
   * @param body {@link MissingNode} if the answer was no JSON
   */
  public record Answer(int status, String location, String eTag, String text, JsonNode body) {
    public boolean isSuccess() {
      return status / 100 == 2;
    }

    /** Instead of an answer that did not come, where others are still worth telling. */
    public static Answer missing(CommandFailure why) {
      JsonNode problem = JsonNodeFactory.instance.objectNode().put("detail", why.getMessage());
      return new Answer(NO_ANSWER, null, null, "", problem);
    }

    /** What a problem says, in a line. */
    public String problem() {
      String title = body.path("title").asText("");
      String detail = body.path("detail").asText("");
      String said = title + (title.isEmpty() || detail.isEmpty() ? "" : ": ") + detail;
      if (status == NO_ANSWER) {
        return said;
      }
      return said.isEmpty() ? "HTTP " + status : said + " (HTTP " + status + ")";
    }
  }

  public Answer get(String path) throws InterruptedException {
    return send(request(path).GET().build());
  }

  /**
   * {@link #get}, again and again for as long as a restart of the API may take.
   *
   * @return an answer of the API, if there was one; of what is in front of it otherwise
   * @throws CommandFailure if there was no answer at all
   */
  public Answer getPatiently(String path) throws InterruptedException {
    Optional<Answer> answer =
        Deadline.in(AWAY_AT_MOST).poll(UNTIL_ASKED_AGAIN, () -> getIfServed(path));
    return answer.isPresent() ? answer.get() : get(path);
  }

  private Optional<Answer> getIfServed(String path) throws InterruptedException {
    try {
      return Optional.of(get(path)).filter(answer -> answer.status() / 100 != 5);
    } catch (CommandFailure away) {
      return Optional.empty();
    }
  }

  public Answer getYaml(String path) throws InterruptedException {
    return send(
        request(path)
            .setHeader("Accept", "application/yaml, application/problem+json")
            .GET()
            .build());
  }

  /**
   * {@link #post} for what may take minutes.
   *
   * @param headers more of them, names and values in turn
   */
  public Answer postAndWait(String path, String json, Duration patience, String... headers)
      throws InterruptedException {
    HttpRequest.Builder request =
        request(path).timeout(patience).header("Content-Type", "application/json");
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request.POST(HttpRequest.BodyPublishers.ofString(json)).build());
  }

  /**
   * @param headers names and values in turn, at least one pair
   */
  public Answer post(String path, String body, String... headers) throws InterruptedException {
    return send(
        request(path).headers(headers).POST(HttpRequest.BodyPublishers.ofString(body)).build());
  }

  /**
   * A stream of server-sent events, line by line, for as long as it lasts.
   *
   * @param after the id of the last event that was seen
   * @throws IOException if there is no way to the server; whoever follows tries again
   */
  public HttpResponse<Stream<String>> follow(String path, String after)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(connection.url() + path))
            .header("Authorization", "Bearer " + connection.token())
            .header("Accept", "text/event-stream, application/problem+json")
            .header("Last-Event-ID", after)
            .GET()
            .build();
    CompletableFuture<HttpResponse<Stream<String>>> answer =
        http.sendAsync(request, BodyHandlers.ofLines());
    try {
      // The request's own time-out would be that of the whole stream in later JDKs.
      return answer.get(ANSWER.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException silent) {
      answer.cancel(true);
      throw new IOException("no answer", silent);
    } catch (ExecutionException failed) {
      throw new IOException(failed.getCause());
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(connection.url() + path))
        .timeout(ANSWER)
        .header("Authorization", "Bearer " + connection.token())
        .header("Accept", "application/json, application/problem+json");
  }

  private Answer send(HttpRequest request) throws InterruptedException {
    try {
      HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
      return new Answer(
          response.statusCode(),
          response.headers().firstValue("Location").orElse(null),
          response.headers().firstValue("ETag").orElse(null),
          response.body(),
          json(response.body()));
    } catch (SSLException untrusted) {
      throw new CommandFailure(
          connection.url()
              + " cannot be trusted: "
              + untrusted.getMessage()
              + ". If its certificate is your own, name the file of the authority that signed it"
              + " with --ca-file.",
          untrusted);
    } catch (HttpConnectTimeoutException unreachable) {
      throw away(unreachable);
    } catch (HttpTimeoutException silent) {
      throw new CommandFailure(
          connection.url() + " did not answer in time; what it was asked for may go on", silent);
    } catch (IOException unreachable) {
      throw away(unreachable);
    }
  }

  private CommandFailure away(IOException unreachable) {
    return new CommandFailure(
        connection.url() + " does not answer: is 'uplift api' or 'uplift up' running there?",
        unreachable);
  }

  private static JsonNode json(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException notJson) {
      return MissingNode.getInstance();
    }
  }
}
