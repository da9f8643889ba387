package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An API and a worker that are replaced by newer builds, twice each, while twenty upgrades run: no
 * upgrade is lost, repeated or failed because of it, and no tenant is down for it.
 */
@Tag("full")
@Tag("alone")
@Timeout(600)
class ReplacedIT {
  private static final int TENANTS = 20;
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  /** The machine is as busy with starting processes as with upgrades. */
  private static final int SLOWER_AT_MOST = 3;

  /** One of twenty may meet all that the machine has to do at once; the median may not. */
  private static final Duration LONGEST_AT_LEAST = Duration.ofSeconds(30);

  private static final String SCRIPT = "scripts/%s.py";
  @TempDir Path directory;
  private final ExecutorService script = Executors.newSingleThreadExecutor();
  private World world;
  private final List<CompletableFuture<String>> started = new ArrayList<>();

  @AfterEach
  void endWorld() {
    script.shutdownNow();
    if (world != null) {
      world.close();
    }
  }

  /** On a real server: the embedded engine does not know who was there a moment ago. */
  @Test
  void upgradesGoOnAsIfNothingHadHappened() throws Exception {
    assumeTrue(EngineKind.DEV_SERVER.isAvailable(), "there is no temporal program");
    world =
        World.start(
            directory.resolve("world"),
            EngineKind.DEV_SERVER,
            sandbox ->
                sandbox
                    .tenants(TENANTS + 1)
                    .rows(50)
                    .timeout("health_window", "1s")
                    // A busy machine is not what this is about.
                    .timeout("health_deadline", "5m")
                    .timeout("probe", "15s"));
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    for (int i = 0; i < TENANTS; i += 2) {
      // Twenty rehearsals at once would be a test of the machine.
      apps.use(tenants().get(i), "unrehearsed");
    }
    String pathfinder = world.sandbox().tenants().get(TENANTS).id().value();
    Calls.Answer found = world.calls().upgrade(pathfinder, "{\"target_version\":\"v0.3.0\"}");
    assertThat(found.status()).as("%s", found).isEqualTo(200);
    // The one that the world began with would not be given the time to end what it has begun.
    world.restartWorker(Map.of("uplift.drain", "5m"));
    List<Long> undisturbed = undisturbed();

    Path told = addRelease("v0.3.2", "second");
    List<SandboxTenant> tenants = tenants();
    start(tenants.subList(0, 10), "v0.3.2");
    Eventually.within(PATIENCE, "some are in cutover", () -> lines(told).size() > 1);
    // Side by side: the old one brings to an end what it has begun.
    Process first = world.replaceWorker(Map.of("uplift.drain", "5m"));
    world.replaceApi();
    start(tenants.subList(10, 15), "v0.3.2");
    Eventually.within(PATIENCE, "others are in cutover", () -> lines(told).size() > 7);
    // One after the other, as a service manager does it; meanwhile there is nobody.
    world.stopWorker();
    assertThat(first.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
        .as("the first worker has ended")
        .isTrue();
    for (SandboxTenant tenant : tenants) {
      assertThat(new HostFacts(world.sandbox(), tenant).openJournals())
          .as("%s is not left in its cutover", tenant.id())
          .isEmpty();
    }
    start(tenants.subList(15, TENANTS), "v0.3.2");
    world.useAnotherBuild();
    world.startWorker(Map.of("uplift.drain", "5m"));
    for (CompletableFuture<String> location : started) {
      location.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
    world.replaceApi();
    List<Long> downtimes = requireSuccesses("v0.3.2");

    requireOnce(told);
    requireDrained(3);
    System.out.printf(
        "Downtime in ms, undisturbed: %s; while replaced: %s%n", undisturbed, downtimes);
    assertThat(median(downtimes)).isLessThan(SLOWER_AT_MOST * median(undisturbed));
    assertThat(longest(downtimes))
        .isLessThan(Math.max(SLOWER_AT_MOST * longest(undisturbed), LONGEST_AT_LEAST.toMillis()));
  }

  /** Without the one that is upgraded first, for which dependencies are built that all share. */
  private List<SandboxTenant> tenants() {
    return world.sandbox().tenants().subList(0, TENANTS);
  }

  private List<Long> undisturbed() throws Exception {
    Path told = addRelease("v0.3.1", "first");
    start(tenants(), "v0.3.1");
    List<Long> downtimes = requireSuccesses("v0.3.1");
    requireOnce(told);
    started.clear();
    return downtimes;
  }

  /**
   * @return the file into which its migration writes the tenants whose own database it changes
   */
  private Path addRelease(String tag, String name) throws IOException {
    Path told = directory.resolve(tag + ".told");
    String script =
        """
        import os
        import time

        from _database import opened

        try:
            with open("%s", "a") as told:
                told.write(os.getcwd() + "\\n")
        except OSError:
            pass  # a rehearsal, which can write nowhere else
        with opened() as connection:
            connection.execute("ALTER TABLE person ADD COLUMN %s INTEGER")
            time.sleep(1)
        """
            .formatted(told, name);
    world
        .sandbox()
        .upstream()
        .addRelease(
            tag,
            "v0.3.0",
            Map.of(
                "VERSION",
                tag + "\n",
                SCRIPT.formatted(name),
                script,
                "uplift.yml",
                SlowMigration.profileWith(SCRIPT.formatted(name))));
    return told;
  }

  private void start(List<SandboxTenant> tenants, String tag) {
    tenants.forEach(tenant -> start(tenant, tag));
  }

  /** Does not give up while the API is being replaced, as nobody would. */
  private void start(SandboxTenant tenant, String tag) {
    started.add(
        CompletableFuture.supplyAsync(
            () -> {
              // One after the other, as a script does that goes through a list.
              String[] location = new String[1];
              try {
                Eventually.within(
                    PATIENCE,
                    "the API takes the upgrade of " + tenant.id(),
                    () -> {
                      location[0] =
                          world
                              .calls()
                              .startUpgrade(
                                  tenant.id().value(), "{\"target_version\":\"" + tag + "\"}");
                      return true;
                    });
                return location[0];
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            },
            script));
  }

  /** The downtimes in milliseconds, the shortest first. */
  private List<Long> requireSuccesses(String tag) throws Exception {
    List<Long> downtimes = new ArrayList<>();
    for (CompletableFuture<String> starting : started) {
      String location = starting.get(1, TimeUnit.MINUTES);
      JsonNode state = awaitOutcome(location);
      assertThat(state.get("status").asText()).as("%s", state).isEqualTo("success");
      JsonNode report = state.get("report");
      downtimes.add(report.get("downtime_ms").asLong());
      SandboxTenant tenant = world.sandbox().tenant(report.get("tenant").asText());
      assertThat(TenantFacts.of(tenant).commit())
          .isEqualTo(world.sandbox().upstream().commitOf(tag));
      assertThat(TenantFacts.isHealthy(tenant)).isTrue();
      requireMigratedOnce(tenant, report.get("upgrade_id").asText());
      JsonNode ledger =
          world.calls().get("/api/upgrades?tenant=" + tenant.id()).body().get("upgrades");
      assertThat(ledger.findValuesAsText("target_version")).containsOnlyOnce(tag);
      assertThat(ledger.findValuesAsText("status")).containsOnly("success");
    }
    assertThat(downtimes).hasSize(TENANTS);
    Collections.sort(downtimes);
    return downtimes;
  }

  private static long median(List<Long> sorted) {
    return sorted.get(sorted.size() / 2);
  }

  private static long longest(List<Long> sorted) {
    return sorted.get(sorted.size() - 1);
  }

  private void requireMigratedOnce(SandboxTenant tenant, String upgradeId) {
    HostFacts host = new HostFacts(world.sandbox(), tenant);
    List<JsonNode> journal = host.closedJournal(upgradeId);
    assertThat(HostFacts.event(journal, "COMMITTED")).isPresent();
    assertThat(journal)
        .filteredOn(line -> line.get("event").asText().equals("INTENT"))
        .extracting(line -> line.get("step").asText())
        .as("its migrations began once")
        .containsOnlyOnce("RUN_MIGRATIONS");
    assertThat(host.openJournals()).isEmpty();
  }

  /** No step was cut off by the end of its worker. */
  private void requireDrained(int workers) throws Exception {
    assertThat(world.log("worker").split("drained: true", -1)).hasSize(workers + 1);
    assertThat(world.log("worker")).doesNotContain("drained: false");
  }

  private void requireOnce(Path told) throws IOException {
    List<String> tenants = lines(told);
    assertThat(tenants).hasSize(TENANTS);
    assertThat(new HashSet<>(tenants)).hasSize(TENANTS);
  }

  private static List<String> lines(Path told) throws IOException {
    return Files.exists(told) ? Files.readAllLines(told) : List.of();
  }

  private JsonNode awaitOutcome(String location) throws Exception {
    JsonNode[] state = new JsonNode[1];
    Eventually.within(
        PATIENCE,
        "the ledger has the outcome of " + location,
        () -> {
          state[0] = world.calls().get(location).body();
          return state[0].has("report");
        });
    return state[0];
  }
}
