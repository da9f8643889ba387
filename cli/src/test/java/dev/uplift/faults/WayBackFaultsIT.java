package dev.uplift.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.faults.Moments.Moment;
import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.Calls;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.HostFacts;
import dev.uplift.scenario.TenantFacts;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import dev.uplift.upgrade.Operation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The worker is killed at each moment that only the undoing of a success has, and when a person has
 * a held tenant resumed or releases it.
 */
@Tag("faults")
class WayBackFaultsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  @TempDir static Path directory;
  private static World world;
  private static int releases;

  static Stream<FaultCase> cases() {
    return moments().stream().map(Moments::kill);
  }

  private static List<Moment> moments() {
    return Stream.of(Operation.ROLLBACK, Operation.RESUME)
        .flatMap(operation -> Moments.of(operation).stream())
        .toList();
  }

  @BeforeAll
  static void startWorld() throws Exception {
    world =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox -> sandbox.tenants(3).rows(200).timeout("health_window", "1s"));
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    SpoiledWayBack.addTo(world);
    // Its environment is a link from the first upgrade on, and only that is looked at here.
    SandboxTenant tenant = world.sandbox().tenants().get(0);
    apps.use(tenant, "unrehearsed");
    Calls.Answer first =
        world.calls().upgrade(tenant.id().value(), "{\"target_version\":\"v0.3.0\"}");
    assertThat(first.status()).as("%s", first).isEqualTo(200);
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
        moments().stream()
            .map(moment -> new Injected(Moments.kill(moment), () -> killAt(moment)))
            .toList());
  }

  private static String killAt(Moment moment) throws Exception {
    if (moment.operation() == Operation.ROLLBACK) {
      return killRollback(moment);
    }
    return moment.event() == Event.RESUMED ? killResumption(moment) : killRelease(moment);
  }

  private static String killRollback(Moment moment) throws Exception {
    SandboxTenant tenant = world.sandbox().tenants().get(0);
    UndoneUpgrade undone = UndoneUpgrade.to("v0.3." + ++releases, Machine.of(world), tenant);
    Aftermath aftermath = undone.aftermath();
    String location = undone.rollBack();
    String hit = killWhen(moment, tenant, location);
    return aftermath.require(location) + "; killed " + hit;
  }

  private static String killResumption(Moment moment) throws Exception {
    SandboxTenant tenant = world.sandbox().tenants().get(1);
    TenantFacts before = TenantFacts.of(tenant);
    String held = hold(tenant);
    String resumption = world.calls().start("/api/tenants/" + tenant.id() + "/resume", "{}");
    String hit = killWhen(moment, tenant, held);

    JsonNode end = Aftermath.before(Machine.of(world), tenant).awaitEnd(resumption);
    assertThat(end.path("status").asText()).as("%s", end).isEqualTo("rolled_back");
    TenantFacts after = TenantFacts.of(tenant);
    assertThat(after).isEqualTo(before);
    requireFree(tenant);
    return "rolled_back; killed " + hit;
  }

  private static String killRelease(Moment moment) throws Exception {
    SandboxTenant tenant = world.sandbox().tenants().get(2);
    String held = hold(tenant);
    Thread caller =
        new Thread(
            () -> {
              try {
                world
                    .calls()
                    .post("/api/tenants/" + tenant.id() + "/release", "{\"reason\":\"mended\"}");
              } catch (Exception cutOff) {
                // What became of it is asked for afterwards.
              }
            });
    caller.start();
    String hit = killWhen(moment, tenant, held);
    caller.join();
    Eventually.within(
        PATIENCE,
        "the tenant is free",
        () -> world.calls().get("/api/tenants/" + tenant.id()).body().path("held").isMissingNode());
    Eventually.within(
        PATIENCE,
        "it is upgraded",
        () ->
            world
                    .calls()
                    .upgrade(
                        tenant.id().value(),
                        "{\"target_version\":\"v0.3.0\", \"force\":true, \"reason\":\"was held\"}")
                    .status()
                == 200);
    requireFree(tenant);
    return "success of the next upgrade; killed " + hit;
  }

  /**
   * Has the tenant held, and then mends what had spoiled the way back.
   *
   * @return where the API tells of the upgrade that holds it
   */
  private static String hold(SandboxTenant tenant) throws Exception {
    new Apps(world.calls()).use(tenant, SpoiledWayBack.APP);
    Path settings = tenant.path().resolve(".env");
    String good = Files.readString(settings);
    Calls.Answer answer =
        world
            .calls()
            .upgrade(
                tenant.id().value(), "{\"target_version\":\"" + SpoiledWayBack.RELEASE + "\"}");
    assertThat(answer.body().path("outcome").asText())
        .as("%s", answer)
        .isEqualTo("needs_attention");
    Files.writeString(settings, good);
    return "/api/upgrades/" + answer.report().get("upgrade_id").asText();
  }

  private static String killWhen(Moment moment, SandboxTenant tenant, String watched)
      throws Exception {
    JournalWatch watch =
        new JournalWatch(world.calls(), new HostFacts(Machine.of(world).paths(), tenant), watched);
    watch.await(moment);
    world.killWorker();
    String hit = watch.where();
    world.startWorker();
    return hit;
  }

  private static void requireFree(SandboxTenant tenant) throws Exception {
    HostFacts host = new HostFacts(Machine.of(world).paths(), tenant);
    Eventually.within(PATIENCE, "no journal is open", () -> host.openJournals().isEmpty());
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
    assertThat(host.isCommandLockHeld()).isFalse();
    for (var unit : tenant.units()) {
      assertThat(Machine.of(world).paths().guards().resolve(unit.value())).doesNotExist();
    }
  }
}
