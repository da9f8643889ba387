package dev.uplift.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.Calls;
import java.util.Map;

/** An upgrade that was a success just now, and is to be rolled back. */
final class UndoneUpgrade {
  private final Machine machine;
  private final SandboxTenant tenant;
  private final String databaseBefore;
  private final String id;

  private UndoneUpgrade(Machine machine, SandboxTenant tenant, String databaseBefore, String id) {
    this.machine = machine;
    this.tenant = tenant;
    this.databaseBefore = databaseBefore;
    this.id = id;
  }

  /** Upgrades the tenant to a release of that name, whose migration adds something. */
  static UndoneUpgrade to(String release, Machine machine, SandboxTenant tenant) throws Exception {
    Told.forget(tenant);
    String before = Aftermath.content(tenant.database());
    Told.addRelease(machine.upstream(), release, "", Map.of());
    Calls.Answer answer =
        machine
            .calls()
            .upgrade(tenant.id().value(), "{\"target_version\":\"%s\"}".formatted(release));
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    assertThat(Aftermath.content(tenant.database())).isNotEqualTo(before);
    return new UndoneUpgrade(machine, tenant, before, answer.report().get("upgrade_id").asText());
  }

  /** To be asked for before it is rolled back. */
  Aftermath aftermath() throws Exception {
    return Aftermath.before(machine, tenant).goingBackTo(databaseBefore);
  }

  /**
   * Begins to roll it back.
   *
   * @return where the API tells of the rollback
   */
  String rollBack() throws Exception {
    return machine
        .calls()
        .start("/api/tenants/" + tenant.id() + "/rollback", "{\"confirm\":\"" + id + "\"}");
  }
}
