package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.sandbox.LoopbackPorts;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees of running processes: health, metrics and logs. */
@Tag("full")
@Tag("alone")
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ObservedIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String BROKEN = "v0.4.0-module-missing";

  @TempDir private static Path directory;
  private static World world;
  private static int port;
  private static Calls worker;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(EngineKind.DEV_SERVER.isAvailable(), "there is no temporal program");
    world =
        World.start(
            directory,
            EngineKind.DEV_SERVER,
            sandbox ->
                sandbox
                    .tenants(5)
                    .rows(20)
                    .timeout("health_window", "1s")
                    .timeout("health_deadline", "20s"));
    port = LoopbackPorts.free(1).get(0);
    worker = new Calls(URI.create("http://127.0.0.1:" + port), null);
    world.restartWorker(
        Map.of("uplift.management.port", port, "logging.structured.format.console", "logstash"));
  }

  @AfterAll
  static void stop() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  void aWorkerCountsItsStepsAndNamesThemInItsLog() throws Exception {
    Calls.Answer well = world.calls().upgrade("testsite", "{\"target_version\":\"v0.3.0\"}");
    assertThat(well.status()).as("%s", well).isEqualTo(200);
    Calls.Answer back = world.calls().upgrade("acme", "{\"target_version\":\"" + BROKEN + "\"}");
    assertThat(back.status()).as("%s", back).isEqualTo(422);

    List<String> metrics = worker.text("/actuator/prometheus").lines().toList();
    assertThat(metrics)
        .contains(
            steps("StopServices", "forward", "done", 2),
            steps("CheckHealth", "forward", "done", 1),
            steps("CheckHealth", "forward", "failed", 1),
            steps("RestoreDatabase", "back", "done", 1),
            "uplift_host_tenants{state=\"cutover\"} 0.0",
            "uplift_host_tenants{state=\"held\"} 0.0",
            "uplift_host_journals_open 0.0",
            "uplift_dead_man_settlements_total{outcome=\"turned_back\"} 0.0");
    assertThat(metrics)
        .anyMatch(line -> line.startsWith("uplift_disk_free_bytes{path="))
        .anyMatch(line -> line.startsWith("uplift_dead_man_looked_timestamp_seconds "))
        .anyMatch(
            line -> line.startsWith("temporal_activity_schedule_to_start_latency_seconds_sum"))
        .anyMatch(line -> line.startsWith("jvm_memory_used_bytes"))
        .noneMatch(line -> line.contains("temporal_") && line.contains("_bucket"));

    String id = back.report().get("upgrade_id").asText();
    List<JsonNode> lines =
        world
            .log("worker")
            .lines()
            .filter(line -> line.startsWith("{"))
            .map(ObservedIT::json)
            .toList();
    assertThat(lines)
        .filteredOn(line -> line.path("message").asText().equals("back: RestoreDatabase: done"))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.get("upgrade_id").asText()).isEqualTo(id);
              assertThat(line.get("tenant").asText()).isEqualTo("acme");
            });
    assertThat(lines)
        .filteredOn(line -> line.path("message").asText().startsWith("upgrade ended: rolled_back"))
        .singleElement()
        .satisfies(line -> assertThat(line.get("upgrade_id").asText()).isEqualTo(id));
    // The API logs in plain lines.
    assertThat(world.log("api").lines())
        .anyMatch(
            line ->
                line.contains("[acme " + id + "]")
                    && line.contains("upgrade recorded: rolled_back"))
        .anyMatch(line -> line.contains("asked for by test"));
  }

  /** What is promised is the twentieth part of a cutover or 20 ms, whichever is more. */
  @Test
  @Order(Integer.MAX_VALUE - 1)
  void durabilityOfTheJournalIsASmallPartOfACutover() throws Exception {
    List<Double> overTheLimit = new ArrayList<>();
    for (SandboxTenant tenant : world.sandbox().tenants().subList(2, 5)) {
      double linesBefore = metric("uplift_journal_lines_total");
      double secondsBefore = metric("uplift_journal_seconds_total");
      Calls.Answer answer =
          world.calls().upgrade(tenant.id().value(), "{\"target_version\":\"v0.3.0\"}");
      assertThat(answer.status()).as("%s", answer).isEqualTo(200);
      double lines = metric("uplift_journal_lines_total") - linesBefore;
      double journal = 1_000 * (metric("uplift_journal_seconds_total") - secondsBefore);
      double cutover = cutoverMillis(answer.report().get("steps"));
      System.out.printf(
          "Journal of %s: %.0f lines in %.1f ms, %.2f ms a line; cutover %.0f ms, %.2f %% of it%n",
          tenant.id(), lines, journal, journal / lines, cutover, 100 * journal / cutover);
      assertThat(lines).isGreaterThan(14);
      overTheLimit.add(journal - Math.max(20, cutover / 20));
    }
    Collections.sort(overTheLimit);
    assertThat(overTheLimit.get(overTheLimit.size() / 2)).as("the median").isNotPositive();
  }

  /** From the first service stopped to the new release proven healthy. */
  private static double cutoverMillis(JsonNode steps) {
    Instant began = null;
    Instant ended = null;
    for (JsonNode step : steps) {
      Instant at = Instant.parse(step.get("started_at").asText());
      began = step.get("name").asText().equals("StopServices") ? at : began;
      ended = at.plusMillis(step.get("duration_ms").asLong());
    }
    return Duration.between(began, ended).toMillis();
  }

  private static double metric(String name) throws Exception {
    return worker
        .text("/actuator/prometheus")
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theApiCountsTheWorkersOfEachHost() throws Exception {
    String host = world.sandbox().host().value();
    Eventually.within(
        SOON,
        "the worker is counted",
        () -> {
          List<String> metrics = world.calls().text("/actuator/prometheus").lines().toList();
          return metrics.stream()
                  .anyMatch(
                      line -> line.matches("uplift_host_workers\\{host=\"" + host + "\"} [12]\\.0"))
              && metrics.stream()
                  .anyMatch(line -> line.matches("uplift_workflow_workers [12]\\.0"));
        });
  }

  // Last: an engine that was killed is slow for a while.
  @Test
  @Order(Integer.MAX_VALUE)
  void aWorkerIsReadyWhileItsEngineAnswersAndAliveWithoutIt() throws Exception {
    assertThat(worker.get("/actuator/health/readiness").status()).isEqualTo(200);

    world.killEngine();
    Eventually.within(
        SOON, "it is not ready", () -> worker.get("/actuator/health/readiness").status() == 503);
    JsonNode health = worker.get("/actuator/health").body();
    assertThat(health.get("status").asText()).isEqualTo("DOWN");
    assertThat(health.at("/components/engine/status").asText()).isEqualTo("DOWN");
    assertThat(worker.get("/actuator/health/liveness").status()).isEqualTo(200);

    world.startEngine();
    Eventually.within(
        SOON, "it is ready", () -> worker.get("/actuator/health/readiness").status() == 200);
    assertThat(worker.get("/elsewhere").status()).isEqualTo(404);
    assertThat(worker.post("/actuator/prometheus", "{}").status()).isEqualTo(405);
  }

  @Test
  void aPortThatIsTakenIsLoggedAndTheWorkerWorks() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      world.restartWorker(Map.of("uplift.management.port", taken.getLocalPort()));

      assertThat(world.log("worker"))
          .contains("health and metrics cannot be told at")
          .contains(Integer.toString(taken.getLocalPort()));
      Calls.Answer version = world.calls().get("/api/tenants/acme/version");
      assertThat(version.status()).as("%s", version).isEqualTo(200);
    } finally {
      world.restartWorker(
          Map.of("uplift.management.port", port, "logging.structured.format.console", "logstash"));
    }
  }

  private static String steps(String step, String direction, String outcome, int count) {
    return "uplift_step_duration_seconds_count{direction=\"%s\",outcome=\"%s\",step=\"%s\"} %d"
        .formatted(direction, outcome, step, count);
  }

  private static JsonNode json(String line) {
    try {
      return new ObjectMapper().readTree(line);
    } catch (IOException malformed) {
      throw new AssertionError(line, malformed);
    }
  }
}
