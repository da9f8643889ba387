package dev.uplift.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.faults.RandomKill.Release;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.TenantClient;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.HostFacts;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A few of the faults, for every build. Each kill of the worker hits several upgrades at once: one
 * in the step that the test is about, and the others wherever they are then.
 */
@Timeout(600)
class FewFaultsIT {
  private static final Duration SOON = Duration.ofMinutes(4);
  private static final Duration WRITES_EVERY = Duration.ofMillis(50);

  /** About what it takes to get to the step in question. */
  private static final int LATEST_BEGIN_MILLIS = 4_000;

  /** It is seen that the migration has begun, and the worker is killed, before that is over. */
  private static final Duration IN_THE_MIGRATION = Duration.ofSeconds(2);

  private static final SplittableRandom RANDOM = seeded();

  @TempDir static Path directory;
  private static World world;

  private static SplittableRandom seeded() {
    long seed = Long.getLong(RandomFaults.SEED, System.nanoTime());
    System.out.println("A few faults, with seed " + seed);
    return new SplittableRandom(seed);
  }

  @BeforeAll
  static void startWorld() throws Exception {
    world =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox -> sandbox.tenants(6).rows(100).timeout("health_window", "500ms"));
    Release.addAllTo(world.sandbox().upstream(), IN_THE_MIGRATION);
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    for (String tenant : List.of("testsite", "initech", "hooli")) {
      apps.use(world.sandbox().tenant(tenant), "unrehearsed");
    }
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  void aWorkerThatIsKilledInAMigrationLeavesEveryTenantWhole() throws Exception {
    String ended =
        killedIn(
            "testsite",
            Told::hasBegun,
            Map.of(
                "testsite", Release.GOOD_UNREHEARSED,
                "acme", Release.GOOD,
                "globex", Release.DIES_AFTER_START,
                "hooli", Release.MIGRATION_RAISES));

    assertThat(ended).isEqualTo("success, v0.3.1-told");
    // It began anew, on the backup: what it had committed was gone.
    assertThat(intents("testsite", "RUN_MIGRATIONS")).isEqualTo(2);
  }

  @Test
  @Tag("full")
  void aWorkerThatIsKilledWhileItRestoresLeavesEveryTenantWhole() throws Exception {
    String ended =
        killedIn(
            "initech",
            told -> restores("initech"),
            Map.of(
                "initech", Release.MIGRATION_RAISES,
                "umbrella", Release.GOOD,
                "globex", Release.DIES_AFTER_START));

    assertThat(ended).isEqualTo("rolled_back, migration_failed");
  }

  private static boolean restores(String tenant) {
    return new HostFacts(world.sandbox(), world.sandbox().tenant(tenant))
        .openJournal().stream()
            .filter(line -> line.path("event").asText().equals("INTENT"))
            .anyMatch(line -> line.path("step").asText().equals("RESTORE_DATABASE"));
  }

  /** When the blow is to fall. */
  private interface Moment {
    boolean isNow(Told told) throws IOException;
  }

  /**
   * Begins the upgrades, that of the step at once and the others at random times, kills the worker
   * when the step is reached, and requires of every tenant what must be.
   *
   * @return how the upgrade ended that was killed in the step
   */
  private static String killedIn(String tenant, Moment moment, Map<String, Release> upgrades)
      throws Exception {
    List<Running> all = new ArrayList<>();
    try {
      for (Map.Entry<String, Release> upgrade : upgrades.entrySet()) {
        int delay = upgrade.getKey().equals(tenant) ? 0 : RANDOM.nextInt(LATEST_BEGIN_MILLIS);
        all.add(Running.begin(upgrade.getKey(), upgrade.getValue(), delay));
      }
      Running first =
          all.stream()
              .filter(running -> running.tenant().id().value().equals(tenant))
              .findFirst()
              .orElseThrow();
      Eventually.within(SOON, tenant + " is there", () -> moment.isNow(first.told()));
      world.killWorker();
      world.startWorker();
      String ended = null;
      for (Running running : all) {
        String seen = running.end();
        System.out.println(running.tenant().id() + ": " + seen);
        ended = running == first ? seen : ended;
      }
      return ended;
    } finally {
      all.forEach(running -> running.client().close());
    }
  }

  /** An upgrade that was begun, or will be. */
  private record Running(
      SandboxTenant tenant,
      Release release,
      TenantClient client,
      Told told,
      Aftermath aftermath,
      CompletableFuture<String> location) {

    static Running begin(String name, Release release, int delayMillis) throws Exception {
      SandboxTenant tenant = world.sandbox().tenant(name);
      TenantClient client = new TenantClient(tenant);
      Told told = Told.of(tenant);
      Aftermath aftermath =
          Aftermath.before(Machine.of(world), tenant).writtenBy(client).toldTo(told);
      client.writeEvery(WRITES_EVERY);
      return new Running(
          tenant,
          release,
          client,
          told,
          aftermath,
          CompletableFuture.supplyAsync(
              () -> request(name, release),
              CompletableFuture.delayedExecutor(delayMillis, TimeUnit.MILLISECONDS)));
    }

    private static String request(String tenant, Release release) {
      String[] location = new String[1];
      try {
        // The worker may have been killed just now, or load its classes.
        Eventually.within(
            SOON,
            "the upgrade of " + tenant + " is started",
            () -> {
              location[0] = world.calls().startUpgrade(tenant, release.request());
              return true;
            });
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      return location[0];
    }

    String end() throws Exception {
      JsonNode ledger = aftermath.awaitEnd(location.get());
      client.close();
      String seen = aftermath.require(ledger);
      assertThat(release.mayEndAs(ledger.path("status").asText())).as(seen).isTrue();
      return seen;
    }
  }

  private static long intents(String tenant, String step) throws Exception {
    HostFacts host = new HostFacts(world.sandbox(), world.sandbox().tenant(tenant));
    String id =
        world
            .calls()
            .get("/api/upgrades?tenant=" + tenant)
            .body()
            .at("/upgrades/0/upgrade_id")
            .asText();
    return host.closedJournal(id).stream()
        .filter(line -> line.path("event").asText().equals("INTENT"))
        .filter(line -> line.path("step").asText().equals(step))
        .count();
  }
}
