package dev.uplift.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.faults.Moments.Moment;
import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.HostFacts;
import dev.uplift.scenario.SystemdWorld;
import dev.uplift.scenario.TenantFacts;
import dev.uplift.scenario.World;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** An upgrade of a tenant during which something goes wrong, and what the tenant was before. */
final class Trial {
  static final Duration PATIENCE = Duration.ofSeconds(120);

  private final Machine machine;
  private final SandboxTenant tenant;
  private final Callable<List<Long>> processes;
  private final Aftermath aftermath;
  private final TenantFacts before;
  private final List<Long> processesBefore;
  private String location;

  private Trial(Machine machine, SandboxTenant tenant, Callable<List<Long>> processes)
      throws Exception {
    this.machine = machine;
    this.tenant = tenant;
    this.processes = processes;
    // Whatever went wrong with an earlier one is not what this one is about.
    Eventually.within(
        PATIENCE,
        tenant.id() + " serves, and nobody works on it",
        () -> host().openJournals().isEmpty() && !machine.version(tenant).isEmpty());
    this.aftermath = Aftermath.before(machine, tenant);
    this.before = TenantFacts.of(tenant);
    this.processesBefore = processes.call();
  }

  /** Looks at a tenant that serves; nothing is upgraded yet. */
  static Trial of(World world, String name) throws Exception {
    SandboxTenant tenant = world.sandbox().tenant(name);
    return new Trial(
        Machine.of(world),
        tenant,
        () -> TenantFacts.processIds(tenant, world.sandbox().services()));
  }

  static Trial of(SystemdWorld world, String name) throws Exception {
    SandboxTenant tenant = world.tenant(name);
    String show = "systemctl show -P MainPID %1$s-api %1$s-frontend".formatted(name);
    return new Trial(
        Machine.of(world),
        tenant,
        () -> {
          String[] pids = world.mustScript(show).strip().split("\\s+");
          return Stream.of(pids).map(Long::valueOf).toList();
        });
  }

  Trial start(String tag) throws Exception {
    awaitWorker(machine, tenant);
    location =
        machine.calls().startUpgrade(tenant.id().value(), "{\"target_version\":\"" + tag + "\"}");
    return this;
  }

  /** A worker that was just started takes a while to answer, more so beside many others. */
  static void awaitWorker(Machine machine, SandboxTenant tenant) throws Exception {
    String version = "/api/tenants/" + tenant.id() + "/version";
    Eventually.within(
        PATIENCE, "the worker answers", () -> machine.calls().get(version).status() == 200);
  }

  SandboxTenant tenant() {
    return tenant;
  }

  String upgradeId() {
    return location.substring(location.lastIndexOf('/') + 1);
  }

  /** What {@link TenantFacts#databaseHash} said before the upgrade. */
  String databaseBefore() {
    return before.database();
  }

  HostFacts host() {
    return new HostFacts(machine.paths(), tenant);
  }

  /** What the journal says so far. */
  List<JsonNode> journal() {
    return host().journal(upgradeId());
  }

  Optional<JsonNode> event(String event) {
    return HostFacts.event(journal(), event);
  }

  /** Returns within milliseconds after the journal got that line. */
  void await(Event event, Step step, Direction direction) throws Exception {
    await(new Moment(event, step, direction));
  }

  void await(Event event) throws Exception {
    await(new Moment(event, null, null));
  }

  private void await(Moment moment) throws Exception {
    new JournalWatch(machine.calls(), host(), location).await(moment);
  }

  /** Waits until the API says of a step that it failed; the upgrade need not be over then. */
  void awaitFailed(Step step) throws Exception {
    Eventually.within(
        PATIENCE,
        step.activity() + " has failed",
        () -> {
          for (JsonNode told : machine.calls().get(location).body().path("steps")) {
            if (told.path("name").asText().equals(step.activity())
                && told.path("status").asText().equals("failed")) {
              return true;
            }
          }
          return false;
        });
  }

  /** How often a step was begun, over all attempts. */
  long timesBegun(Step step, Direction direction) {
    return journal().stream()
        .filter(line -> line.path("event").asText().equals(Event.INTENT.name()))
        .filter(line -> line.path("step").asText().equals(step.name()))
        .filter(line -> line.path("direction").asText().equalsIgnoreCase(direction.name()))
        .count();
  }

  /** Waits for the end and returns the report. */
  JsonNode report() throws Exception {
    return aftermath.awaitEnd(location).path("report");
  }

  /** The new release serves, and all of it is as it must be. */
  String succeeded(String tag) throws Exception {
    JsonNode report = ended("success").path("report");
    assertThat(report.path("new_version").asText()).isEqualTo(tag);
    return aftermath.require(location);
  }

  /** The tenant is as it was, and the report says why. */
  String rolledBack(String kind) throws Exception {
    requireKind(ended("rolled_back"), kind);
    return aftermath.require(location);
  }

  /** Nothing was touched: the very same processes serve. */
  String rejected(String kind) throws Exception {
    requireKind(ended("rejected"), kind);
    assertThat(processes.call()).isEqualTo(processesBefore);
    return aftermath.require(location);
  }

  /**
   * Somebody has to look, and is told at what.
   *
   * @param kind what the tenant is held for
   * @param expected words that mark what the fault itself has done to the tenant
   */
  JsonNode held(String kind, String... expected) throws Exception {
    JsonNode ledger = ended("needs_attention");
    assertThat(ledger.at("/report/held_for/kind").asText()).as("%s", ledger).isEqualTo(kind);
    assertThat(aftermath.problems(ledger))
        .allSatisfy(problem -> assertThat(List.of(expected)).anyMatch(problem::contains));
    String again = "{\"target_version\":\"v9.9.9\"}";
    assertThat(machine.calls().upgrade(tenant.id().value(), again).status())
        .as("later calls are refused")
        .isEqualTo(409);
    return ledger.path("report");
  }

  private JsonNode ended(String status) throws Exception {
    JsonNode ledger = aftermath.awaitEnd(location);
    assertThat(ledger.path("status").asText()).as("%s", ledger).isEqualTo(status);
    return ledger;
  }

  private static void requireKind(JsonNode ledger, String kind) {
    assertThat(ledger.at("/report/failure/kind").asText()).as("%s", ledger).isEqualTo(kind);
  }

  /** What can be seen without anybody who tells of it: the tenant is what it was, and serves. */
  void requireAsBefore() throws Exception {
    assertThat(TenantFacts.of(tenant)).isEqualTo(before);
    assertThat(machine.version(tenant)).isEqualTo("v0.2.0");
    assertThat(host().openJournals()).isEmpty();
    assertThat(host().isCommandLockHeld()).isFalse();
    assertThat(event("RESTORED")).isPresent();
  }
}
