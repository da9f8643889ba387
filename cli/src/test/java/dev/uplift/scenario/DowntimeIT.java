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
@Timeout(300)
class DowntimeIT {
  private static final String TAG = "v0.3.0";

  /**
   * Fifteen packages with these take pip two thirds of the time of Django, its REST framework,
   * Celery and SQLAlchemy with what they need, 19 packages with 8,300 files.
   */
  private static final int MODULES_PER_WHEEL = 200;

  private static final int ROWS = 20_000;
  @TempDir Path directory;

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
                    .tenants(2)
                    .rows(ROWS)
                    .modulesPerWheel(MODULES_PER_WHEEL)
                    .timeout("health_window", "1s"))) {
      SandboxTenant ours = world.sandbox().tenants().get(0);
      SandboxTenant byHand = world.sandbox().tenants().get(1);

      long seen;
      JsonNode report;
      try (Poller client = Poller.of(ours)) {
        Calls.Answer answer =
            world.calls().upgrade(ours.id().value(), "{\"target_version\":\"" + TAG + "\"}");
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        report = answer.report();
        assertThat(client.outageCount()).isEqualTo(1);
        seen = client.downtime().toMillis();
      }
      long reported = report.get("downtime_ms").asLong();

      long seenByHand;
      String procedure;
      try (Poller client = Poller.of(byHand)) {
        procedure = new SeedProcedure(world.sandbox()).upgrade(byHand, TAG);
        Eventually.within(
            Duration.ofSeconds(10),
            "the tenant upgraded by hand is back",
            () -> TenantFacts.isHealthy(byHand));
        seenByHand = client.downtime().toMillis();
      }
      System.out.printf(
          "Downtime on %s: %d ms by Uplift (reported: %d ms), %d ms by hand: 1/%.1f%n%s%n%s%n",
          kind,
          seen,
          reported,
          seenByHand,
          (double) seenByHand / seen,
          steps(report),
          stepsByHand(procedure));

      assertThat(reported).isCloseTo(seen, within(200L));
      assertThat(seen).isLessThanOrEqualTo(seenByHand / 3);
    }
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
