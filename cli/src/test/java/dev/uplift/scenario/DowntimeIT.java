package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.sandbox.Poller;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.SeedProcedure;
import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How long a tenant is away for its users, beside what the same upgrade costs by hand on a tenant
 * that is just like it.
 */
@Tag("full")
@Tag("alone")
@Timeout(600)
class DowntimeIT {
  private static final String TAG = "v0.3.0";

  /**
   * Fifteen packages with these take pip two thirds of the time of Django, its REST framework,
   * Celery and SQLAlchemy with what they need, 19 packages with 8,300 files.
   */
  private static final int MODULES_PER_WHEEL = 200;

  private static final int ROWS = 20_000;
  @TempDir Path directory;

  /** One at a time, in turns: what else the machine does meets both alike. */
  private static final int PAIRS = 3;

  private record Downtime(long millis, String steps) {}

  /**
   * Between a quarter and an eighth, by how fast a machine installs. What is left of it is many
   * small waits, which other work on the machine makes longer than it makes one long installation:
   * the limit has room for that.
   */
  @ParameterizedTest(name = "on {0}")
  @EnumSource(names = {"EMBEDDED", "DEV_SERVER"})
  void isReportedAsAClientSeesItAndIsAFractionOfThatByHand(EngineKind kind) throws Exception {
    assumeTrue(kind.isAvailable(), "there is no temporal program on this machine");
    try (World world =
        World.start(
            directory.resolve(kind.name()),
            kind,
            sandbox ->
                sandbox
                    .tenants(2 * PAIRS)
                    .rows(ROWS)
                    .modulesPerWheel(MODULES_PER_WHEEL)
                    .timeout("health_window", "1s"))) {
      List<SandboxTenant> tenants = world.sandbox().tenants();
      List<Downtime> ours = new ArrayList<>();
      List<Downtime> byHand = new ArrayList<>();
      for (int i = 0; i < PAIRS; i++) {
        ours.add(upgrade(world, tenants.get(2 * i)));
        byHand.add(upgradeByHand(world, tenants.get(2 * i + 1)));
      }

      Downtime median = median(ours);
      Downtime medianByHand = median(byHand);
      System.out.printf(
          "Downtime on %s, median of %s: %d ms by Uplift; of %s: %d ms by hand: 1/%.1f%n%s%n%s%n",
          kind,
          millis(ours),
          median.millis(),
          millis(byHand),
          medianByHand.millis(),
          (double) medianByHand.millis() / median.millis(),
          median.steps(),
          medianByHand.steps());
      assertThat(median.millis()).isLessThanOrEqualTo(medianByHand.millis() / 3);
    }
  }

  private static Downtime upgrade(World world, SandboxTenant tenant) throws Exception {
    try (Poller client = Poller.of(tenant)) {
      Calls.Answer answer =
          world.calls().upgrade(tenant.id().value(), "{\"target_version\":\"" + TAG + "\"}");
      assertThat(answer.status()).as("%s", answer).isEqualTo(200);
      assertThat(client.outageCount()).isEqualTo(1);
      long seen = client.downtime().toMillis();
      assertThat(answer.report().get("downtime_ms").asLong()).isCloseTo(seen, within(200L));
      return new Downtime(seen, steps(answer.report()));
    }
  }

  private static Downtime upgradeByHand(World world, SandboxTenant tenant) throws Exception {
    try (Poller client = Poller.of(tenant)) {
      String procedure = new SeedProcedure(world.sandbox()).upgrade(tenant, TAG);
      Eventually.within(
          Duration.ofSeconds(10),
          "the tenant upgraded by hand is back",
          () -> TenantFacts.isHealthy(tenant));
      return new Downtime(client.downtime().toMillis(), stepsByHand(procedure));
    }
  }

  private static Downtime median(List<Downtime> all) {
    return all.stream()
        .sorted(Comparator.comparingLong(Downtime::millis))
        .skip(all.size() / 2)
        .findFirst()
        .orElseThrow();
  }

  private static List<Long> millis(List<Downtime> all) {
    return all.stream().map(Downtime::millis).toList();
  }

  private static String stepsByHand(String printed) {
    return printed
        .lines()
        .filter(line -> line.matches("[0-9]+\\.[0-9]+ .*"))
        .collect(Collectors.joining("\n  ", "  ", ""));
  }

  private static String steps(JsonNode report) {
    StringJoiner steps = new StringJoiner(", ", "  ", "");
    report
        .get("steps")
        .forEach(
            step -> steps.add(step.get("name").asText() + " " + step.get("duration_ms") + " ms"));
    return steps.toString();
  }
}
