package dev.uplift.cli.rollout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.uplift.cli.client.StubServer;
import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RolloutEventsTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofSeconds(2);

  private interface Behaviour {
    void answer(HttpExchange exchange) throws IOException, InterruptedException;
  }

  private final Queue<Behaviour> answers = new ArrayDeque<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> told = new ArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private StubServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        new StubServer()
            .answering(
                "/",
                exchange -> {
                  asked.add(exchange.getRequestHeaders().getFirst("Last-Event-ID"));
                  try {
                    // The last one is how it stays.
                    (answers.size() > 1 ? answers.poll() : answers.peek()).answer(exchange);
                  } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                  }
                  exchange.close();
                });
  }

  @AfterEach
  void stop() {
    ended.countDown();
    server.close();
  }

  @Test
  void goesOnAfterTheLastOneWhenItWasCutOff() throws Exception {
    answers.add(exchange -> send(exchange, event(1, "a") + event(2, "b") + "id:3\nevent:tenant"));
    answers.add(exchange -> send(exchange, event(3, "c")));
    answers.add(RolloutEventsTest::noMore);

    follow(LONG, LONG);

    assertThat(told).containsExactly("a", "b", "c");
    assertThat(asked).containsExactly("0", "2", "3");
  }

  @Test
  void whatIsSilentIsTakenForCutOff() throws Exception {
    answers.add(
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(event(1, "a").getBytes(UTF_8));
          exchange.getResponseBody().flush();
          ended.await();
        });
    answers.add(RolloutEventsTest::noMore);

    follow(LONG, SHORT);

    assertThat(told).containsExactly("a");
    assertThat(asked).containsExactly("0", "1");
  }

  @Test
  void whoeverTellsNothingForLongIsNotAskedForEver() {
    answers.add(exchange -> exchange.sendResponseHeaders(503, -1));

    assertThatThrownBy(() -> follow(SHORT, LONG))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("HTTP 503");
  }

  private void follow(Duration awayAtMost, Duration silentAtMost) throws InterruptedException {
    new RolloutEvents(
            server.client(),
            "/api/rollouts/1",
            (kind, data) -> told.add(data.path("tenant").asText()),
            awayAtMost,
            silentAtMost)
        .untilTheEnd();
  }

  private static String event(int id, String tenant) {
    return "id:" + id + "\nevent:tenant\ndata:{\"tenant\": \"" + tenant + "\"}\n\n";
  }

  private static void send(HttpExchange exchange, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static void noMore(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(204, -1);
  }
}
