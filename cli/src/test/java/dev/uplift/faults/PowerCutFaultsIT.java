package dev.uplift.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.faults.Moments.Moment;
import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.HostFacts;
import dev.uplift.scenario.SystemdWorld;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The machine of a tenant loses its power at each moment of a run that goes forward, and is
 * switched on again: services that are guarded stay down, and what was cut off ends as it must.
 */
@Tag("faults")
class PowerCutFaultsIT {
  private static final String TENANT = "acme";
  @TempDir static Path directory;
  private static SystemdWorld world;
  private static int releases;

  private static final List<Injected> ALL = all();

  private static List<Injected> all() {
    List<Injected> all = new ArrayList<>();
    Moment stopped = new Moment(Event.DONE, Step.STOP_SERVICES, Direction.FORWARD);
    FaultMatrix.Row row = FaultMatrix.row(18);
    all.add(
        new Injected(
            row.with(Injection.POWER_CUT, row.fault(), "rolled_back"), () -> cutAt(stopped)));
    Moments.all().stream()
        .filter(moment -> moment.direction() == Direction.FORWARD)
        .forEach(moment -> all.add(new Injected(Moments.powerCut(moment), () -> cutAt(moment))));
    return all;
  }

  static Stream<FaultCase> cases() {
    return Injected.cases(ALL);
  }

  @BeforeAll
  static void startWorld() throws Exception {
    world = SystemdWorld.start(directory, List.of(TENANT));
    // Where migrations tell what they do.
    world.mustScript(
        "install -o ops /dev/null /srv/acme.told; install -o ops /dev/null /srv/acme.alone");
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> theHostLosesItsPower() {
    return Injected.tests(ALL);
  }

  private static String cutAt(Moment moment) throws Exception {
    SandboxTenant tenant = world.tenant(TENANT);
    new Apps(world.calls())
        .use(tenant, moment.step() == Step.REHEARSE_MIGRATIONS ? "cbapp" : "unrehearsed");
    Told.forget(tenant);
    Machine machine = new SystemdMachine(world);
    String next = "v0.3." + ++releases;
    Aftermath aftermath;
    String location;
    if (moment.operation() == Operation.ROLLBACK) {
      UndoneUpgrade undone = UndoneUpgrade.to(next, machine, tenant);
      aftermath = undone.aftermath();
      location = undone.rollBack();
    } else {
      aftermath = Aftermath.before(machine, tenant).toldTo(Told.of(tenant));
      Told.addRelease(world.upstream(), next, "", Map.of());
      location = world.calls().startUpgrade(TENANT, "{\"target_version\":\"" + next + "\"}");
    }
    JournalWatch watch =
        new JournalWatch(world.calls(), new HostFacts(machine.paths(), tenant), location);

    watch.await(moment);
    world.host().cutPower();
    String hit = watch.where();
    world.host().boot();
    requireGuardsHold(machine, tenant);
    world.startWorker();
    return aftermath.require(location) + "; cut off " + hit;
  }

  private static void requireGuardsHold(Machine machine, SandboxTenant tenant) throws Exception {
    Map<String, String> states = machine.services(tenant);
    for (var unit : tenant.units()) {
      if (world.isGuarded(unit.value())) {
        assertThat(states.get(unit.value()))
            .as("%s, which is guarded", unit)
            .startsWith("inactive");
      }
    }
  }
}
