package dev.uplift.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.faults.Moments.Moment;
import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.TenantClient;
import dev.uplift.sandbox.Upstream;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.HostFacts;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.Step;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The worker is killed at each moment that the steps and the journal have, and started again: a way
 * forward converges, a way back ends as it was, and who is held stays held.
 */
@Tag("faults")
class MomentFaultsIT {
  /** Its migration fails, as nobody could know who did not rehearse it. */
  private static final String FAILS = "v0.4.0-fails";

  private static final Duration PAUSE_OF_CLIENT = Duration.ofMillis(20);
  @TempDir static Path directory;
  private static World world;
  private static int releases;

  static Stream<FaultCase> cases() {
    return Moments.of(Operation.UPGRADE).stream().map(Moments::kill);
  }

  @BeforeAll
  static void startWorld() throws Exception {
    EngineKind kind =
        EngineKind.DEV_SERVER.isAvailable() ? EngineKind.DEV_SERVER : EngineKind.EMBEDDED;
    world =
        World.start(
            directory,
            kind,
            sandbox -> sandbox.tenants(3).rows(200).timeout("health_window", "1s"));
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    SpoiledWayBack.addTo(world);
    Upstream upstream = world.sandbox().upstream();
    Told.addRelease(upstream, FAILS, "raise SystemExit('no licence')", Map.of());
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> aWorkerIsKilledAt() {
    return Injected.tests(
        Moments.of(Operation.UPGRADE).stream()
            .map(moment -> new Injected(Moments.kill(moment), () -> killAt(moment)))
            .toList());
  }

  private static String killAt(Moment moment) throws Exception {
    SandboxTenant tenant = tenantFor(moment);
    new Apps(world.calls()).use(tenant, appFor(moment));
    Told.forget(tenant);
    Machine machine = Machine.of(world);
    try (TenantClient client = new TenantClient(tenant)) {
      Aftermath aftermath =
          Aftermath.before(machine, tenant).writtenBy(client).toldTo(Told.of(tenant));
      client.writeEvery(PAUSE_OF_CLIENT);
      String request = "{\"target_version\":\"%s\"}".formatted(releaseFor(moment));
      String location = world.calls().startUpgrade(tenant.id().value(), request);
      HostFacts host = new HostFacts(machine.paths(), tenant);
      JournalWatch watch = new JournalWatch(world.calls(), host, location);

      watch.await(moment);
      world.killWorker();
      String hit = watch.where();
      world.startWorker();

      JsonNode ledger = aftermath.awaitEnd(location);
      client.close();
      return aftermath.require(ledger) + "; killed " + hit;
    }
  }

  /** A tenant that was held stays so, and one that was upgraded cannot be turned back. */
  private static SandboxTenant tenantFor(Moment moment) {
    int which = moment.event() == Event.HELD ? 2 : moment.direction() == Direction.BACK ? 1 : 0;
    return world.sandbox().tenants().get(which);
  }

  private static String appFor(Moment moment) {
    return moment.event() == Event.HELD
        ? SpoiledWayBack.APP
        : moment.step() == Step.REHEARSE_MIGRATIONS ? "cbapp" : "unrehearsed";
  }

  private static String releaseFor(Moment moment) {
    if (moment.direction() == Direction.BACK) {
      return moment.event() == Event.HELD ? SpoiledWayBack.RELEASE : FAILS;
    }
    String next = "v0.3." + ++releases;
    Told.addRelease(world.sandbox().upstream(), next, "", Map.of());
    return next;
  }
}
