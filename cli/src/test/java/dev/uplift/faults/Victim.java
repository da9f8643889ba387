package dev.uplift.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.TenantClient;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.HostFacts;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A machine that is struck while it upgrades its tenants, one after the other. Users write to them
 * all the while.
 */
final class Victim {
  /** The variants of the application; there is a tenant for each. */
  static final List<String> APPS = List.of("rehearsing", "unrehearsed");

  private static final Duration WRITES_EVERY = Duration.ofMillis(25);

  private final Machine machine;
  private final Blow blow;
  private final Map<String, StruckTenant> tenants = new HashMap<>();
  private final Map<RandomKill.Release, Duration> undisturbed =
      new EnumMap<>(RandomKill.Release.class);

  private Victim(Machine machine, Blow blow) {
    this.machine = machine;
    this.blow = blow;
  }

  /**
   * The releases have to be in the upstream.
   *
   * @param tenants one for each of {@link #APPS}
   */
  static Victim of(Machine machine, List<? extends StruckTenant> tenants, Blow blow)
      throws Exception {
    Victim victim = new Victim(machine, blow);
    Apps apps = new Apps(machine.calls());
    for (int i = 0; i < APPS.size(); i++) {
      String app = APPS.get(i);
      apps.addVariant(
          app,
          variant -> {
            ((ObjectNode) variant.get("timeouts")).put("health_window", "1s");
            ((ObjectNode) variant.get("rehearsal")).put("enabled", !app.equals("unrehearsed"));
          });
      apps.use(tenants.get(i).tenant(), app);
      victim.tenants.put(app, tenants.get(i));
    }
    return victim;
  }

  /** Finds out how long each release takes. */
  Victim measured() throws Exception {
    // The first of all builds the dependencies, which the others find.
    upgrade(RandomKill.Release.GOOD, null);
    for (RandomKill.Release release : RandomKill.Release.values()) {
      undisturbed.put(release, upgrade(release, null).took());
    }
    return this;
  }

  /**
   * Upgrades a tenant and lets the blow fall.
   *
   * @return how it ended, beginning with the outcome, and where the blow fell
   * @throws AssertionError if a promise was broken; then nothing more is to be done with it
   */
  String strike(RandomKill kill) throws Exception {
    Duration after = kill.after(undisturbed.get(kill.release()));
    blow.prepare();
    Upgraded upgraded = upgrade(kill.release(), after);
    return "%s, struck after %.2f s %s"
        .formatted(upgraded.seen(), after.toNanos() / 1e9, upgraded.where());
  }

  private record Upgraded(String seen, String where, Duration took) {}

  /**
   * @param strikeAfter null for no blow
   */
  private Upgraded upgrade(RandomKill.Release release, Duration strikeAfter) throws Exception {
    StruckTenant struck = tenants.get(release.app());
    SandboxTenant tenant = struck.tenant();
    try (TenantClient client = new TenantClient(struck.api())) {
      Aftermath aftermath =
          Aftermath.before(machine, tenant).writtenBy(client).toldTo(Told.of(tenant));
      client.writeEvery(WRITES_EVERY);
      Trial.awaitWorker(machine, tenant);
      long begin = System.nanoTime();
      String location = machine.calls().startUpgrade(tenant.id().value(), release.request());
      String where = null;
      if (strikeAfter != null) {
        awaitMoment(begin + strikeAfter.toNanos());
        blow.fall();
        where = where(new HostFacts(machine.paths(), tenant).openJournal());
        blow.recover();
      }
      JsonNode ledger = aftermath.awaitEnd(location);
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      client.close();
      String seen = aftermath.require(ledger);
      if (!release.mayEndAs(ledger.path("status").asText())) {
        throw new AssertionError("it ended as " + seen + ": " + ledger);
      }
      if (seen.startsWith("success")) {
        struck.putBack();
      }
      return new Upgraded(seen, where, took);
    }
  }

  /** The moment is the blow's own: nothing is waited for. */
  private static void awaitMoment(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** What a journal says that is being worked on, in a few words. */
  static String where(List<JsonNode> journal) {
    if (journal.isEmpty()) {
      return "outside the cutover";
    }
    JsonNode last = journal.get(journal.size() - 1);
    if (last.path("event").asText().equals("DONE")) {
      return "after " + step(last);
    }
    return journal.stream()
        .filter(line -> line.path("event").asText().equals("INTENT"))
        .reduce((earlier, later) -> later)
        .map(intent -> "in " + step(intent))
        .orElse("at the beginning of the cutover");
  }

  private static String step(JsonNode line) {
    String step = line.path("step").asText();
    return line.path("direction").asText().equals("back") ? step + " back" : step;
  }
}
