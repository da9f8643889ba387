package dev.uplift.cli.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.cli.client.StubServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
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
  private StubServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        new StubServer()
            .answering("/api/rollouts/1", exchange -> StubServer.send(exchange, state()))
            .answering(
                "/api/rollouts/1/events",
                exchange -> {
                  if (exchange.getRequestHeaders().getFirst("Last-Event-ID").equals("0")) {
                    StubServer.send(exchange, events);
                  } else {
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                  }
                });
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private synchronized String state() {
    // The last one is how it stays.
    return states.size() > 1 ? states.removeFirst() : states.getFirst();
  }

  private int watch() throws InterruptedException {
    return new RolloutWatch()
        .untilItEnds(server.client(), "/api/rollouts/1", new PrintWriter(printed));
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
    states.addAll(
        List.of(
            rollout("running"),
            rollout("running"),
            rollout("waiting_for_approval"),
            rollout("success")));

    assertThat(watch()).isZero();

    assertThat(printed.toString().lines())
        .containsOnlyOnce("     Let the next wave begin: uplift rollout approve 1");
  }

  @Test
  void whatADryRunFoundIsToldOnceAndWhole() throws Exception {
    String found =
        """
        {"tenant": "acme", "rehearsal": {"outcome": "would_upgrade"%s}}""";
    states.add(
        """
        {"id": "1", "target_version": "v0.3.0", "status": "success", "dry_run": true,
          "tenants": [%s]}
        """
            .formatted(found.formatted(", \"predicted_downtime_ms\": 812")));
    // What an event tells was known when the tenant was asked.
    events = event(1, "tenant", found.formatted(""));

    assertThat(watch()).isZero();

    assertThat(printed.toString().lines())
        .containsExactly(
            "Rollout 1 to v0.3.0: success (dry run)",
            "  acme: would_upgrade, was down 812 ms last time");
  }

  @Test
  void itGoesOnIfWhatHadHaltedWasResumed() throws Exception {
    states.addAll(
        List.of(rollout("running"), rollout("halted"), rollout("running"), rollout("success")));

    assertThat(watch()).isZero();
  }
}
