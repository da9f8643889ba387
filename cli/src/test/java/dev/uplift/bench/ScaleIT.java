package dev.uplift.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.engine.Engine;
import dev.uplift.rollout.RolloutWorkflow;
import dev.uplift.scenario.Calls;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import dev.uplift.tenant.HostName;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rollouts of many tenants: the API, the workflow worker and the engine are real, the hosts are
 * fakes, since no machine here has thousands of tenants. What is measured is a line in {@code
 * -Dscale.file}; docs/scale.md tells some.
 */
@Tag("scale")
class ScaleIT {
  private static final String ENGINE = System.getProperty("scale.engine", "dev-server");
  private static final List<Integer> SIZES =
      Stream.of(System.getProperty("scale.tenants", "1000,2000").split(","))
          .map(Integer::valueOf)
          .toList();
  private static final Path FILE = Path.of(System.getProperty("scale.file", "target/scale.tsv"));
  private static final int HOSTS = 10;
  private static final int AT_ONCE = 40;
  private static final int EVENTS_OF_A_RUN = 4_096;
  private static final int MOST_MIB = 400;
  private static final double MOST_PER_TENANT = 1.3;
  private static final Duration PATIENCE = Duration.ofHours(2);
  @TempDir Path directory;

  private record Measured(
      String engine,
      int tenants,
      double seconds,
      int runs,
      long mostEvents,
      int apiMib,
      int workerMib) {
    double millisPerTenant() {
      return 1_000 * seconds / tenants;
    }

    String line() {
      return String.format(
          Locale.ROOT,
          "%s\t%d\t%.1f\t%.1f\t%d\t%d\t%d\t%d%n",
          engine,
          tenants,
          seconds,
          millisPerTenant(),
          runs,
          mostEvents,
          apiMib,
          workerMib);
    }
  }

  @Test
  void timeForEachTenantHistoriesAndMemoryStayBounded() throws Exception {
    EngineKind kind = EngineKind.valueOf(ENGINE.replace('-', '_').toUpperCase(Locale.ROOT));
    assumeTrue(kind.isAvailable(), "no " + ENGINE + " here");
    List<Measured> all = new ArrayList<>();
    try (World world =
            World.start(directory.resolve("world"), kind, sandbox -> sandbox.tenants(1));
        Engine engine = world.connect();
        FakeHosts fakes = new FakeHosts(engine.client(), hosts())) {
      register(world.calls(), SIZES.stream().mapToInt(Integer::intValue).max().orElseThrow());
      // So that none of them is the first to load its code.
      rollOut(world, engine, "v0.3.0", 100);
      int release = 1;
      for (int size : SIZES) {
        Measured measured = rollOut(world, engine, "v0.3." + release++, size);
        Files.writeString(
            FILE, measured.line(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        System.out.print("scale: " + measured.line());
        all.add(measured);
      }
    }
    for (Measured one : all) {
      assertThat(one.mostEvents()).as("%s", one).isLessThan(EVENTS_OF_A_RUN);
      assertThat(one.apiMib()).as("%s", one).isLessThanOrEqualTo(MOST_MIB);
      assertThat(one.workerMib()).as("%s", one).isLessThanOrEqualTo(MOST_MIB);
    }
    Measured first = all.get(0);
    Measured last = all.get(all.size() - 1);
    assertThat(last.millisPerTenant())
        .as("%s and %s", first, last)
        .isLessThanOrEqualTo(MOST_PER_TENANT * first.millisPerTenant());
  }

  private static List<HostName> hosts() {
    return IntStream.range(0, HOSTS).mapToObj(i -> HostName.of("fake-" + i)).toList();
  }

  private static void register(Calls calls, int tenants) throws Exception {
    StringBuilder fleet = new StringBuilder("hosts:\n");
    hosts().forEach(host -> fleet.append("  ").append(host).append(": {}\n"));
    fleet.append("tenants:\n");
    for (int i = 0; i < tenants; i++) {
      int port = 10_000 + 3 * (i / HOSTS);
      fleet.append(
          "  %s: {app: cbapp, host: fake-%d, path: /srv/fake/%s, ports: {api: %d, frontend: %d, metrics: %d}}%n"
              .formatted(name(i), i % HOSTS, name(i), port, port + 1, port + 2));
    }
    Calls.Answer applied = calls.postYaml("/api/fleet", fleet.toString());
    assertThat(applied.status()).as("%s", applied).isEqualTo(200);
  }

  private static String name(int i) {
    return "t-%05d".formatted(i);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static Measured rollOut(World world, Engine engine, String target, int size)
      throws Exception {
    ObjectNode request =
        object()
            .put("target_version", target)
            .put("max_concurrency", AT_ONCE)
            .put("max_concurrency_per_host", AT_ONCE / HOSTS);
    var names = request.putArray("tenants");
    IntStream.range(0, size).forEach(i -> names.add(name(i)));
    long begin = System.nanoTime();
    Calls.Answer started = world.calls().post("/api/rollouts", request.toString());
    assertThat(started.status()).as("%s", started.body().path("detail")).isEqualTo(202);
    String id = started.body().path("id").asText();
    JsonNode[] last = new JsonNode[1];
    Eventually.within(
        PATIENCE,
        "the rollout of " + size + " ends",
        () -> {
          last[0] = world.calls().get("/api/rollouts/" + id + "?tenants=false").body();
          return !last[0].path("status").asText("running").matches("running|baking");
        });
    double seconds = (System.nanoTime() - begin) / 1e9;
    assertThat(last[0].path("status").asText()).as("%s", last[0]).isEqualTo("success");
    assertThat(last[0].at("/progress/counts/success").asInt()).isEqualTo(size);
    List<Long> events = eventsOfRuns(engine.client(), UUID.fromString(id));
    return new Measured(
        ENGINE,
        size,
        seconds,
        events.size(),
        events.stream().mapToLong(Long::longValue).max().orElse(0),
        mostResidentMib(world.apiPid()),
        mostResidentMib(world.workerPid()));
  }

  private static List<Long> eventsOfRuns(WorkflowClient client, UUID rollout) throws Exception {
    String query = "WorkflowId = '" + RolloutWorkflow.idFor(rollout) + "'";
    List<Long> events = new ArrayList<>();
    // What can be searched for comes a little later than what has happened.
    Eventually.within(
        Duration.ofSeconds(60),
        "all runs of the rollout are found, ended",
        () -> {
          List<WorkflowExecutionMetadata> runs = client.listExecutions(query).toList();
          events.clear();
          runs.forEach(run -> events.add(run.getWorkflowExecutionInfo().getHistoryLength()));
          return !runs.isEmpty() && runs.stream().allMatch(run -> run.getCloseTime() != null);
        });
    return events;
  }

  private static int mostResidentMib(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToInt(kib -> Integer.parseInt(kib) / 1024)
        .findFirst()
        .orElseThrow();
  }
}
