package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A worker that is killed in the middle of what must not be left half done, and started again: the
 * tenant ends whole, and the report says as what.
 */
@Tag("full")
@ParameterizedClass(name = "on {0}")
@EnumSource(names = {"EMBEDDED", "DEV_SERVER"})
@Timeout(180)
class KilledWorkerIT {
  private static final Duration UNTIL_CUTOVER = Duration.ofSeconds(90);
  private static final String LARGE = "v0.3.2-large";
  private static final int MANY_FILES = 6_000;
  private static final int ROWS = 200;
  @TempDir static Path directory;
  private static World world;

  @BeforeParameterizedClassInvocation
  static void startWorld(EngineKind kind) throws Exception {
    assumeTrue(kind.isAvailable(), "there is no temporal program on this machine");
    world =
        World.start(
            directory.resolve(kind.name()),
            kind,
            sandbox -> sandbox.tenants(2).rows(ROWS).timeout("health_window", "1s"));
    new Apps(world.calls()).addUnrehearsed("unrehearsed");
  }

  @AfterParameterizedClassInvocation
  static void endWorld() {
    if (world != null) {
      world.close();
      world = null;
    }
  }

  KilledWorkerIT(EngineKind kind) {
    // It concerns the world only, which the tests of one engine share.
  }

  @Test
  void inAMigrationItLeavesATenantThatEndsWhole() throws Exception {
    SandboxTenant tenant = world.sandbox().tenant("testsite");
    new Apps(world.calls()).use(tenant, "unrehearsed");
    SlowMigration migration =
        SlowMigration.addTo(
            world.sandbox().upstream(),
            "v0.3.1-slow",
            Duration.ofSeconds(12),
            world.sandbox().directory());
    CompletableFuture<Calls.Answer> upgrade =
        world.calls().upgradeInBackground(tenant.id().value(), migration.request());
    migration.awaitBegun(UNTIL_CUTOVER);

    world.killWorker();
    assertThat(migration.times("ended")).as("it was in the middle").isZero();
    world.startWorker();
    JsonNode report = requireNewRelease(upgrade.get(), tenant, migration.tag());

    assertThat(report.get("migrations_run").size()).isEqualTo(7);
    // The second run adds a column that the first one had committed: it began on the backup.
    assertThat(migration.times("begun")).isEqualTo(2);
    assertThat(migration.times("ended")).isEqualTo(1);
    assertThat(migration.times("beside")).as("%s", migration.lines()).isZero();
    for (long pid : migration.processIds()) {
      assertThat(Path.of("/proc", Long.toString(pid))).doesNotExist();
    }
    assertThat(TenantFacts.hasColumn(tenant, "person", "score")).isTrue();
  }

  @Test
  void inACheckoutItLeavesATenantThatEndsWhole() throws Exception {
    SandboxTenant tenant = world.sandbox().tenant("acme");
    Map<String, String> files = new HashMap<>(Map.of("VERSION", LARGE + "\n"));
    for (int i = 0; i < MANY_FILES; i++) {
      files.put("static/%02d/page-%04d.html".formatted(i % 50, i), "<p>page " + i + "</p>\n");
    }
    world.sandbox().upstream().addRelease(LARGE, "v0.3.0", files);
    Path lock = tenant.path().resolve(".git/index.lock");
    CompletableFuture<Calls.Answer> upgrade =
        world
            .calls()
            .upgradeInBackground(tenant.id().value(), "{\"target_version\":\"" + LARGE + "\"}");
    Eventually.within(
        UNTIL_CUTOVER,
        "files of the release are being written",
        () -> Files.exists(lock) && Files.exists(tenant.path().resolve("static")));

    world.killWorker();
    assertThat(lock).as("it was in the middle").exists();
    world.startWorker();
    requireNewRelease(upgrade.get(), tenant, LARGE);
  }

  /**
   * The engine tries a step again whose worker went silent, and the host begins it anew: so the
   * upgrade succeeds, with nothing left of the first attempt.
   */
  private static JsonNode requireNewRelease(Calls.Answer answer, SandboxTenant tenant, String tag)
      throws Exception {
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    JsonNode report = answer.report();
    assertThat(report.get("status").asText()).isEqualTo("success");
    assertThat(report.get("new_version").asText()).isEqualTo(tag);
    String commit = world.sandbox().upstream().commitOf(tag);
    assertThat(commit).startsWith(report.get("commit").asText());
    TenantFacts after = TenantFacts.of(tenant);
    assertThat(after.commit()).isEqualTo(commit);
    assertThat(TenantFacts.strayFiles(tenant)).isEmpty();
    assertThat(TenantFacts.people(tenant)).isEqualTo(ROWS);
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
    assertThat(TenantFacts.processIds(tenant, world.sandbox().services())).doesNotContain(-1L);
    assertThat(tenant.path().resolve(".git/index.lock")).doesNotExist();

    HostFacts host = new HostFacts(world.sandbox(), tenant);
    List<JsonNode> journal = host.closedJournal(report.get("upgrade_id").asText());
    assertThat(HostFacts.event(journal, "COMMITTED")).isPresent();
    assertThat(host.openJournals()).isEmpty();
    assertThat(host.isCommandLockHeld()).isFalse();
    assertThat(host.scratch()).isEmpty();
    return report;
  }
}
