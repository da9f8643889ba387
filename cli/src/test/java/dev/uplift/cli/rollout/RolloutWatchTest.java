package dev.uplift.cli.rollout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.Connection;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RolloutWatchTest {
  private final Deque<String> states = new ArrayDeque<>();
  private final StringWriter printed = new StringWriter();
  private String events = "";
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/api/rollouts/1", exchange -> answer(exchange, state()));
    server.createContext(
        "/api/rollouts/1/events",
        exchange -> {
          if (exchange.getRequestHeaders().getFirst("Last-Event-ID").equals("0")) {
            answer(exchange, events);
          } else {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private synchronized String state() {
    // The last one is how it stays.
    return states.size() > 1 ? states.removeFirst() : states.getFirst();
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private int watch() throws InterruptedException {
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    ApiClient api = new ApiClient(new Connection(url, "token"));
    return new RolloutWatch().untilItEnds(api, "/api/rollouts/1", new PrintWriter(printed));
  }

  private static String rollout(String status) {
    return """
        {"id": "1", "target_version": "v0.3.0", "status": "%s", "tenants": [
          {"tenant": "acme", "outcome": "success"},
          {"tenant": "hooli", "outcome": "rolled_back", "message": "CheckHealth: it died"}]}
        """
        .formatted(status);
  }

  private static String event(int id, String kind, String data) {
    return "id:" + id + "\nevent:" + kind + "\ndata:" + data + "\n\n";
  }

  @Test
  void allThatHappenedToOneThatIsOverIsTold() throws Exception {
    states.add(rollout("partial"));
    events =
        event(1, "tenant", "{\"tenant\": \"hooli\", \"outcome\": \"rolled_back\"}")
            + event(
                2,
                "status",
                "{\"status\": \"halted\", \"halt\": {\"rule\": \"max_failures\", \"message\": \"1 failed.\"}}")
            + event(3, "tenant", "{\"tenant\": \"acme\", \"outcome\": \"success\"}")
            + event(4, "status", "{\"id\": \"1\", \"status\": \"partial\"}");

    assertThat(watch()).isEqualTo(3);

    assertThat(printed.toString().lines())
        .containsExactly(
            "  hooli: rolled_back",
            "  -- halted, max_failures: 1 failed.",
            "  acme: success",
            "  -- partial",
            "Rollout 1 to v0.3.0: partial",
            "  hooli: rolled_back, CheckHealth: it died");
  }

  @Test
  void whatIsToBeSaidIsToldWhileItIsTrue() throws Exception {
    states.addAll(List.of(rollout("running"), rollout("waiting_for_approval"), rollout("success")));

    assertThat(watch()).isZero();

    assertThat(printed.toString().lines())
        .containsOnlyOnce("     Let the next wave begin: uplift rollout approve 1");
  }

  @Test
  void itGoesOnIfWhatHadHaltedWasResumed() throws Exception {
    states.addAll(List.of(rollout("halted"), rollout("running"), rollout("success")));

    assertThat(watch()).isZero();
  }
}
