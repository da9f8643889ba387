package dev.uplift.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.TenantClient;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.HostFacts;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** A world whose worker is killed and started again, with a tenant for each variant of the app. */
final class KilledWorker implements Victim {
  private static final Duration WRITES_EVERY = Duration.ofMillis(25);

  private final World world;
  private final Map<String, String> workerEnvironment;
  private final Map<String, TenantTemplate> tenants = new HashMap<>();
  private final Map<RandomKill.Release, Duration> undisturbed =
      new EnumMap<>(RandomKill.Release.class);

  private KilledWorker(World world, Map<String, String> workerEnvironment) {
    this.world = world;
    this.workerEnvironment = workerEnvironment;
  }

  /**
   * @param workerEnvironment of each worker after the first
   */
  static KilledWorker start(Path directory, EngineKind kind, Map<String, String> workerEnvironment)
      throws Exception {
    World world =
        World.start(
            directory,
            kind,
            sandbox ->
                sandbox
                    .tenants(2)
                    .rows(200)
                    .timeout("health_window", "1s")
                    .timeout("health_deadline", "60s"));
    KilledWorker victim = new KilledWorker(world, workerEnvironment);
    try {
      victim.prepare(directory.resolve("templates"));
      return victim;
    } catch (Exception | AssertionError e) {
      victim.close();
      throw e;
    }
  }

  private void prepare(Path templates) throws Exception {
    RandomKill.Release.addAllTo(world.sandbox().upstream());
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    apps.addVariant(
        "rehearsing", app -> ((ObjectNode) app.get("timeouts")).put("health_window", "1s"));
    List<SandboxTenant> all = world.sandbox().tenants();
    for (String app : List.of("rehearsing", "unrehearsed")) {
      SandboxTenant tenant = all.get(tenants.size());
      apps.use(tenant, app);
      tenants.put(app, TenantTemplate.of(world.sandbox().services(), tenant, templates));
    }
    // The first of all builds the dependencies, which the others find.
    for (RandomKill.Release release : RandomKill.Release.values()) {
      if (undisturbed.isEmpty()) {
        upgrade(release, null);
      }
      undisturbed.put(release, upgrade(release, null).took());
    }
  }

  @Override
  public Duration undisturbed(RandomKill.Release release) {
    return undisturbed.get(release);
  }

  @Override
  public String strike(RandomKill.Release release, Duration after) throws Exception {
    Upgraded upgraded = upgrade(release, after);
    return "%s, killed after %.2f s %s"
        .formatted(upgraded.seen(), after.toNanos() / 1e9, upgraded.where());
  }

  private record Upgraded(String seen, String where, Duration took) {}

  /**
   * @param killAfter null for no kill
   */
  private Upgraded upgrade(RandomKill.Release release, Duration killAfter) throws Exception {
    TenantTemplate template = tenants.get(release.app());
    SandboxTenant tenant = template.tenant();
    try (TenantClient client = new TenantClient(tenant)) {
      Aftermath aftermath =
          Aftermath.before(Machine.of(world), tenant).writtenBy(client).toldTo(Told.of(tenant));
      client.writeEvery(WRITES_EVERY);
      long begin = System.nanoTime();
      String location =
          world
              .calls()
              .startUpgrade(tenant.id().value(), "{\"target_version\":\"" + release.tag() + "\"}");
      String where = null;
      if (killAfter != null) {
        awaitMoment(begin + killAfter.toNanos());
        world.killWorker();
        where = Victim.where(new HostFacts(world.sandbox(), tenant).openJournal());
        world.startWorker(Map.of(), workerEnvironment);
      }
      JsonNode ledger = aftermath.awaitEnd(location);
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      client.close();
      String seen = aftermath.require(ledger);
      if (!release.mayEndAs(ledger.path("status").asText())) {
        throw new AssertionError("it ended as " + seen + ": " + ledger);
      }
      if (seen.startsWith("success")) {
        template.putBack();
      }
      return new Upgraded(seen, where, took);
    }
  }

  /** The moment is the fault's own: nothing is waited for. */
  private static void awaitMoment(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  @Override
  public void close() {
    world.close();
  }
}
