package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.durable.Directories;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.TenantClient;
import dev.uplift.scenario.World.CommandOutput;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A success is undone, with everything that goes with it, or everything stays as it is. */
@Timeout(240)
class RollbackIT {
  private static final int ROWS = 200;
  private static final Duration UNTIL_CUTOVER = Duration.ofSeconds(120);
  @TempDir static Path directory;
  private static World world;

  @BeforeAll
  static void startWorld() throws Exception {
    world =
        World.start(
            directory,
            EngineKind.EMBEDDED,
            sandbox ->
                sandbox
                    .tenants(5)
                    .rows(ROWS)
                    .timeout("health_window", "1s")
                    .timeout("health_deadline", "20s"));
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  void aSuccessIsUndoneAndSoIsItsUndoing() throws Exception {
    SandboxTenant tenant = world.sandbox().tenant("testsite");
    // What the migrations would set, so that only people change rows.
    sql(tenant, "UPDATE person SET source = 'manual'");
    TenantFacts before = TenantFacts.of(tenant);
    String upgrade = upgrade(tenant, "v0.3.0").get("upgrade_id").asText();
    Path kept = Path.of(backupOf(upgrade));
    try (TenantClient user = new TenantClient(tenant)) {
      for (String name : List.of("late-1", "late-2", "late-3")) {
        user.add(name);
      }
    }
    sql(
        tenant,
        "UPDATE person SET name = 'renamed' WHERE id = 1",
        "DELETE FROM person WHERE id = 2");
    TenantFacts upgraded = TenantFacts.of(tenant);

    JsonNode preview = requirePreview(tenant, upgrade, kept);
    JsonNode person = table(preview, "person");
    assertThat(person.get("gained").asLong()).isEqualTo(3);
    assertThat(person.get("lost").asLong()).isEqualTo(1);
    assertThat(person.get("changed").asLong()).isEqualTo(1);
    assertThat(person.get("rows_in_backup").asLong()).isEqualTo(ROWS);
    assertThat(person.get("rows_now").asLong()).isEqualTo(ROWS + 2);
    assertThat(table(preview, "segment").get("note").asText()).contains("backup has no such table");
    assertThat(table(preview, "user").get("changed").asLong()).isZero();
    requireRefusals(tenant, upgrade);
    assertThat(TenantFacts.of(tenant)).as("nothing was touched so far").isEqualTo(upgraded);

    CommandOutput told = world.uplift("rollback", tenant.id().value());
    assertThat(told.exitCode()).as(told.text()).isEqualTo(1);
    assertThat(told.text())
        .contains("from v0.3.0 to v0.2.0")
        .containsPattern("person +3 +1 +1 +200 +202")
        .contains("uplift rollback testsite --confirm " + upgrade);
    CommandOutput done =
        world.uplift(
            "rollback", tenant.id().value(), "--confirm", upgrade, "--reason", "it was too slow");
    assertThat(done.exitCode()).as(done.text()).isZero();
    assertThat(done.text()).contains("ReinstateDatabase", "Rollback of testsite: success");

    JsonNode report = world.calls().newestReport(tenant.id().value());
    assertThat(report.get("operation").asText()).isEqualTo("rollback");
    assertThat(report.get("of_upgrade").asText()).isEqualTo(upgrade);
    assertThat(report.get("previous_version").asText()).isEqualTo("v0.3.0");
    assertThat(report.get("new_version").asText()).isEqualTo("v0.2.0");
    assertThat(report.get("downtime_ms").asLong()).isPositive();
    TenantFacts after = TenantFacts.of(tenant);
    assertThat(after.commit()).isEqualTo(before.commit());
    assertThat(after.status()).isEqualTo(before.status());
    assertThat(after.database()).isEqualTo(before.database());
    assertThat(after.settings()).isEqualTo(before.settings());
    assertThat(after.environment())
        .as("the environment that the tenant had made itself")
        .isEqualTo(
            "link to "
                + tenant.path().resolve(".git/uplift/adopted").resolve(upgrade).resolve("venv"));
    requireServing(tenant);
    assertThat(kept).as("it was copied, not consumed").exists();
    Path given = Path.of(report.get("backup_path").asText());
    assertThat(TenantFacts.names(given)).contains("late-1", "late-2", "late-3", "renamed");
    assertThat(TenantFacts.names(tenant.database())).doesNotContain("late-1");
    assertThat(report.get("warnings").toString()).contains("given up", given.toString());
    JsonNode audit =
        world.calls().get("/api/audit?object=tenants/testsite").body().at("/entries/0");
    assertThat(audit.get("action").asText()).isEqualTo("rollback.start");
    assertThat(audit.get("reason").asText()).isEqualTo("it was too slow");
    JsonNode version = world.calls().get("/api/tenants/testsite/version").body();
    assertThat(version.get("deployed_version").asText()).isEqualTo("v0.2.0");
    assertThat(version.get("upgrade_available").asBoolean()).isTrue();

    String rollback = report.get("upgrade_id").asText();
    assertThat(requirePreview(tenant, rollback, given).get("operation").asText())
        .isEqualTo("rollback");
    JsonNode again = rollBack(tenant, rollback, 200);
    assertThat(again.get("new_version").asText()).isEqualTo("v0.3.0");
    TenantFacts forth = TenantFacts.of(tenant);
    assertThat(forth).as("everything is as it was before the rollback").isEqualTo(upgraded);
    requireServing(tenant);
  }

  private static void requireRefusals(SandboxTenant tenant, String upgrade) throws Exception {
    String path = "/api/tenants/" + tenant.id() + "/rollback";
    Calls.Answer other =
        world.calls().post(path, "{\"confirm\": \"00000000-0000-4000-8000-000000000000\"}");
    assertThat(other.status()).isEqualTo(409);
    assertThat(other.body().get("type").asText()).endsWith("rollback-confirms-another");
    assertThat(other.body().get("upgrade_id").asText()).isEqualTo(upgrade);
    for (String malformed :
        List.of("{\"confirm\": \"yes\"}", "{\"confirmed\": \"" + upgrade + "\"}", "[]")) {
      assertThat(world.calls().post(path, malformed).status()).as(malformed).isEqualTo(400);
    }
  }

  @Test
  void whatCannotBeUndoneSaysWhy() throws Exception {
    SandboxTenant tenant = world.sandbox().tenants().get(4);
    requireNothing(tenant, "nothing_to_roll_back", "No successful upgrade");

    String upgrade = upgrade(tenant, "v0.3.0").get("upgrade_id").asText();
    Path backup = Path.of(backupOf(upgrade));
    byte[] whole = Files.readAllBytes(backup);
    try (FileChannel file = FileChannel.open(backup, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap("?".getBytes()), whole.length / 2);
    }
    requireNothing(tenant, "backup_altered", "changed after it had been taken");
    try (FileChannel file = FileChannel.open(backup, StandardOpenOption.WRITE)) {
      file.truncate(whole.length / 2);
    }
    requireNothing(tenant, "backup_altered", "changed after it had been taken");
    Files.delete(backup);
    requireNothing(tenant, "backup_altered", "missing");
    assertThat(rollBack(tenant, upgrade, 409).at("/failure/kind").asText())
        .isEqualTo("backup_altered");

    upgradeWith(
        tenant,
        "{\"target_version\": \"v0.3.0\", \"backup_db\": false, \"force\": true, \"reason\": \"test\"}");
    requireNothing(tenant, "nothing_to_roll_back", "keep no backup");
  }

  @Test
  @Tag("full")
  void anEarlierReleaseThatDoesNotComeUpLeavesTheLaterOne() throws Exception {
    SandboxTenant tenant = world.sandbox().tenant("acme");
    String upgrade = upgrade(tenant, "v0.3.0").get("upgrade_id").asText();
    try (TenantClient user = new TenantClient(tenant)) {
      user.add("late");
    }
    TenantFacts upgraded = TenantFacts.of(tenant);
    Directories.remove(
        tenant.path().resolve(".git/uplift/adopted").resolve(upgrade).resolve("venv/lib"));

    JsonNode report = rollBack(tenant, upgrade, 422).get("report");

    assertThat(report.get("status").asText()).isEqualTo("rolled_back");
    assertThat(report.get("operation").asText()).isEqualTo("rollback");
    assertThat(report.at("/failure/step").asText()).isIn("StartServices", "CheckHealth");
    assertThat(report.at("/fingerprints/equal").asBoolean()).isTrue();
    assertThat(report.get("new_version").asText()).isEqualTo("v0.3.0");
    assertThat(report.get("warnings").toString()).doesNotContain("given up");
    assertThat(TenantFacts.of(tenant)).isEqualTo(upgraded);
    assertThat(TenantFacts.names(tenant.database())).contains("late");
    requireServing(tenant);
    requirePreview(tenant, upgrade, Path.of(backupOf(upgrade)));
  }

  @Test
  @Tag("full")
  void aWorkerKilledWhileItPutsTheDatabaseBackLosesNothing() throws Exception {
    SandboxTenant tenant = world.sandbox().tenants().get(2);
    sql(tenant, "CREATE TABLE attachment (id INTEGER PRIMARY KEY, content BLOB)");
    // Large enough for the copy to take far longer than a look at it. In rows that fit into memory
    // one by one, and below the 256 MiB up to which Uplift counts rows.
    sql(
        tenant,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)"
            + " INSERT INTO attachment (content) SELECT zeroblob(1000000) FROM n");
    TenantFacts before = TenantFacts.of(tenant);
    String upgrade = upgrade(tenant, "v0.3.0").get("upgrade_id").asText();
    sql(tenant, "DELETE FROM attachment", "UPDATE person SET name = 'late' WHERE id = 1");
    CompletableFuture<Calls.Answer> rollback =
        CompletableFuture.supplyAsync(() -> confirmed(tenant, upgrade));
    HostFacts host = new HostFacts(world.sandbox(), tenant);
    Path copying = Path.of(backupOf(upgrade) + ".restoring");
    Eventually.within(UNTIL_CUTOVER, "the backup is copied", () -> Files.exists(copying));

    world.killWorker();
    assertThat(copying).as("it was in the middle").exists();
    assertThat(HostFacts.event(host.openJournal(), "COMMITTED")).isEmpty();
    world.startWorker();
    Calls.Answer answer = rollback.get();

    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    TenantFacts after = TenantFacts.of(tenant);
    assertThat(after.commit()).isEqualTo(before.commit());
    assertThat(after.database()).isEqualTo(before.database());
    assertThat(TenantFacts.names(Path.of(answer.report().get("backup_path").asText())))
        .contains("late");
    assertThat(copying).doesNotExist();
    requireServing(tenant);
  }

  @Test
  @Tag("full")
  void oneAtATime() throws Exception {
    SandboxTenant tenant = world.sandbox().tenants().get(3);
    String first = upgrade(tenant, "v0.3.0").get("upgrade_id").asText();
    SlowMigration migration =
        SlowMigration.addTo(
            world.sandbox().upstream(),
            "v0.3.1-slow",
            Duration.ofSeconds(3),
            world.sandbox().directory());
    CompletableFuture<Calls.Answer> upgrade =
        world.calls().upgradeInBackground(tenant.id().value(), migration.request());
    migration.awaitBegun(UNTIL_CUTOVER);

    assertThat(rollBack(tenant, first, 409).get("type").asText()).endsWith("tenant-busy");
    assertThat(upgrade.get().status()).as("%s", upgrade.get()).isEqualTo(200);

    String second = upgrade.get().report().get("upgrade_id").asText();
    assertThat(rollBack(tenant, first, 409).get("upgrade_id").asText()).isEqualTo(second);
    CompletableFuture<Calls.Answer> one =
        CompletableFuture.supplyAsync(() -> confirmed(tenant, second));
    CompletableFuture<Calls.Answer> other =
        CompletableFuture.supplyAsync(() -> confirmed(tenant, second));
    assertThat(List.of(one.get().status(), other.get().status()))
        .as("%s %s", one.get(), other.get())
        .containsExactlyInAnyOrder(200, 409);
    assertThat(TenantFacts.of(tenant).commit())
        .isEqualTo(world.sandbox().upstream().commitOf("v0.3.0"));
    assertThat(TenantFacts.hasColumn(tenant, "person", "score")).isFalse();
    requireServing(tenant);
  }

  private static JsonNode upgrade(SandboxTenant tenant, String tag) throws Exception {
    return upgradeWith(tenant, "{\"target_version\": \"" + tag + "\"}");
  }

  private static JsonNode upgradeWith(SandboxTenant tenant, String request) throws Exception {
    Calls.Answer answer = world.calls().upgrade(tenant.id().value(), request);
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    return answer.report();
  }

  private static String backupOf(String upgrade) throws Exception {
    return world.calls().get("/api/upgrades/" + upgrade).body().at("/report/backup_path").asText();
  }

  private static JsonNode requirePreview(SandboxTenant tenant, String id, Path backup)
      throws Exception {
    Calls.Answer answer = world.calls().post("/api/tenants/" + tenant.id() + "/rollback", "{}");
    assertThat(answer.status()).as("%s", answer).isEqualTo(409);
    assertThat(answer.body().get("type").asText())
        .isEqualTo("urn:uplift:problem:rollback-needs-confirmation");
    assertThat(answer.body().get("upgrade_id").asText()).isEqualTo(id);
    assertThat(answer.body().get("backup").asText()).isEqualTo(backup.toString());
    assertThat(answer.body().get("taken_at").asText()).isNotBlank();
    return answer.body();
  }

  private static JsonNode table(JsonNode preview, String name) {
    return StreamSupport.stream(preview.get("tables").spliterator(), false)
        .filter(table -> table.get("table").asText().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not in " + preview.get("tables")));
  }

  private static void requireNothing(SandboxTenant tenant, String kind, String why)
      throws Exception {
    TenantFacts before = TenantFacts.of(tenant);
    Calls.Answer answer = world.calls().post("/api/tenants/" + tenant.id() + "/rollback", "");
    assertThat(answer.status()).as("%s", answer).isEqualTo(409);
    assertThat(answer.body().get("type").asText())
        .isEqualTo("urn:uplift:problem:nothing-to-roll-back");
    assertThat(answer.body().at("/failure/kind").asText()).isEqualTo(kind);
    assertThat(answer.body().get("detail").asText()).contains(why);
    assertThat(TenantFacts.of(tenant)).isEqualTo(before);
  }

  private static JsonNode rollBack(SandboxTenant tenant, String upgrade, int status) {
    Calls.Answer answer = confirmed(tenant, upgrade);
    assertThat(answer.status()).as("%s", answer).isEqualTo(status);
    return answer.body();
  }

  private static Calls.Answer confirmed(SandboxTenant tenant, String upgrade) {
    try {
      return world
          .calls()
          .post("/api/tenants/" + tenant.id() + "/rollback", "{\"confirm\": \"" + upgrade + "\"}");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void requireServing(SandboxTenant tenant) throws Exception {
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
    assertThat(Set.copyOf(TenantFacts.processIds(tenant, world.sandbox().services())))
        .doesNotContain(-1L);
    HostFacts host = new HostFacts(world.sandbox(), tenant);
    assertThat(host.openJournals()).isEmpty();
    assertThat(host.isCommandLockHeld()).isFalse();
    assertThat(host.scratch()).isEmpty();
  }

  private static void sql(SandboxTenant tenant, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + tenant.database());
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
