package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.engine.Engine;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.EngineKind;
import dev.uplift.upgrade.UpgradeWorkflow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Tenants that are held wherever turning back can stop, and what a person does then: mends what
 * stopped it and resumes, or follows the runbook. Each way the tenant is what it was.
 */
@Timeout(240)
@Execution(ExecutionMode.CONCURRENT)
class HeldTenantIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String TAG = "v0.4.0-told-to-fail";
  private static final String SCRIPT = "scripts/wait_and_fail.py";

  /** Worker and API, which one of the tests here starts anew. */
  private static final String SERVERS = "servers";

  @TempDir static Path directory;
  private static World world;

  /** What goes wrong while the tenant is down, and the step of the compensation that it stops. */
  private enum Trouble {
    BACKUP_ALTERED("RestoreDatabase", "backup_altered") {
      @Override
      void make(Case c) throws IOException {
        Path backup = c.backup();
        Files.copy(backup, c.aside());
        Files.write(backup, new byte[] {1}, StandardOpenOption.APPEND);
      }

      @Override
      void mend(Case c) throws IOException {
        Path backup = c.backup();
        Files.delete(backup);
        Files.copy(c.aside(), backup);
      }
    },
    CODE_LOCKED("RestoreCode", "step_failed") {
      @Override
      void make(Case c) throws IOException {
        Files.createDirectories(c.path(".git/index.lock/kept"));
      }

      @Override
      void mend(Case c) throws IOException {
        Files.delete(c.path(".git/index.lock/kept"));
        Files.delete(c.path(".git/index.lock"));
      }
    },
    DEPENDENCIES_GONE("RestoreDependencies", "step_failed") {
      @Override
      void make(Case c) throws IOException {
        Files.move(c.adopted(), c.aside());
      }

      @Override
      void mend(Case c) throws IOException {
        Files.createDirectories(c.adopted().getParent());
        Files.move(c.aside(), c.adopted());
      }
    },
    GUARD_BLOCKED("StopServices", "step_failed") {
      @Override
      void make(Case c) throws IOException {
        Files.delete(c.guard());
        Files.createDirectories(c.guard().resolve("kept"));
      }

      @Override
      void mend(Case c) throws IOException {
        Files.delete(c.guard().resolve("kept"));
        Files.delete(c.guard());
      }
    },
    OLD_RELEASE_ILL("CheckHealth", null) {
      @Override
      void make(Case c) throws IOException {
        Files.copy(c.path(".env"), c.aside());
        Files.writeString(c.path(".env"), "API_PORT=1\nFRONTEND_PORT=1\n");
      }

      @Override
      void mend(Case c) throws IOException {
        Files.delete(c.path(".env"));
        Files.copy(c.aside(), c.path(".env"));
      }
    },
    PLACE_TAKEN("StopServices", "wrong_host") {
      @Override
      void make(Case c) throws IOException {
        Files.move(c.path("db"), c.aside());
        Files.copy(c.aside().resolve("pocket.db"), c.elsewhere().resolve("pocket.db"));
        Files.createSymbolicLink(c.path("db"), c.elsewhere());
      }

      @Override
      void mend(Case c) throws IOException {
        Files.delete(c.path("db"));
        Files.move(c.aside(), c.path("db"));
      }
    };

    private final String step;
    private final String kind;

    Trouble(String step, String kind) {
      this.step = step;
      this.kind = kind;
    }

    abstract void make(Case c) throws IOException;

    abstract void mend(Case c) throws IOException;
  }

  /** A tenant of a trouble's own, and where its things are. */
  private record Case(Trouble trouble, SandboxTenant tenant) {
    static Case of(Trouble trouble) throws IOException {
      Case made = new Case(trouble, world.sandbox().tenants().get(trouble.ordinal()));
      Files.createDirectories(made.elsewhere());
      return made;
    }

    String id() {
      return tenant.id().value();
    }

    Path path(String within) {
      return tenant.path().resolve(within);
    }

    Path aside() {
      return directory.resolve(id() + ".aside");
    }

    Path elsewhere() {
      return directory.resolve(id() + ".elsewhere");
    }

    Path guard() {
      return world.sandbox().state().resolve("guard").resolve(tenant.apiUnit().value());
    }

    Path backup() throws IOException {
      return only(tenant.database().getParent(), "pocket\\.db\\.backup_[0-9_]+");
    }

    Path adopted() throws IOException {
      return only(path(".git/uplift/adopted"), ".*").resolve("venv");
    }

    private static Path only(Path parent, String name) throws IOException {
      try (Stream<Path> files = Files.list(parent)) {
        return files
            .filter(file -> file.getFileName().toString().matches(name))
            .findFirst()
            .orElseThrow();
      }
    }

    Path told(String what) {
      return directory.resolve(tenant.path().getFileName() + "." + what);
    }

    HostFacts host() {
      return new HostFacts(world.sandbox(), tenant);
    }
  }

  @BeforeAll
  static void startWorld() throws Exception {
    world =
        World.start(
            directory.resolve("world"),
            EngineKind.EMBEDDED,
            Duration.ofSeconds(10),
            sandbox ->
                sandbox
                    .tenants(Trouble.values().length)
                    .rows(100)
                    .timeout("health_window", "1s")
                    .timeout("health_deadline", "30s"));
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    apps.addVariant(
        "impatient",
        app -> {
          ((ObjectNode) app.get("timeouts")).put("health_deadline", "8s");
          ((ObjectNode) app.get("rehearsal")).put("enabled", false);
        });
    world
        .sandbox()
        .upstream()
        .addRelease(
            TAG,
            "v0.3.0",
            Map.of(
                "VERSION",
                TAG + "\n",
                SCRIPT,
                waitAndFail(),
                "uplift.yml",
                SlowMigration.profileWith(SCRIPT)));
  }

  /** Commits something, says so, and fails when it is told to. */
  private static String waitAndFail() {
    return """
        import os
        import sys
        import time

        from _database import CHECKOUT, opened

        told = os.path.join("%s", os.path.basename(CHECKOUT))
        with opened() as connection:
            connection.execute("ALTER TABLE person ADD COLUMN score INTEGER")
        open(told + ".begun", "w").close()
        while not os.path.exists(told + ".go"):
            time.sleep(0.02)
        sys.exit("told to fail")
        """
        .formatted(directory);
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  /** Upgrades the tenant until it is in its migration, has the trouble made, and lets it fail. */
  private static JsonNode hold(Case c) throws Exception {
    String location = makeTrouble(c);
    Files.createFile(c.told("go"));
    JsonNode report = awaitOutcome(location).get("report");
    assertThat(report.get("status").asText()).as("%s", report).isEqualTo("needs_attention");
    assertThat(report.at("/held_for/step").asText()).as("%s", report).isEqualTo(c.trouble().step);
    if (c.trouble().kind != null) {
      assertThat(report.at("/held_for/kind").asText()).isEqualTo(c.trouble().kind);
    }
    return report;
  }

  private static String makeTrouble(Case c) throws Exception {
    // An old release that stays ill is looked at until its deadline.
    String app = c.trouble() == Trouble.OLD_RELEASE_ILL ? "impatient" : "unrehearsed";
    new Apps(world.calls()).use(c.tenant(), app);
    String location = world.calls().startUpgrade(c.id(), "{\"target_version\":\"" + TAG + "\"}");
    Eventually.within(
        PATIENCE, "the migration of " + c.id() + " runs", () -> Files.exists(c.told("begun")));
    c.trouble().make(c);
    return location;
  }

  private static JsonNode awaitOutcome(String location) throws Exception {
    JsonNode[] state = new JsonNode[1];
    Eventually.within(
        PATIENCE,
        "the outcome of " + location,
        () -> {
          state[0] = world.calls().get(location).body();
          return !state[0].path("status").asText("running").equals("running");
        });
    return state[0];
  }

  private static void requireBack(Case c, TenantFacts before) throws Exception {
    Eventually.within(
        Duration.ofSeconds(30), c.id() + " serves", () -> TenantFacts.isHealthy(c.tenant()));
    assertThat(TenantFacts.of(c.tenant())).isEqualTo(before);
    assertThat(TenantFacts.hasColumn(c.tenant(), "person", "score")).isFalse();
    assertThat(c.path(SCRIPT)).doesNotExist();
    assertThat(c.guard()).doesNotExist();
    assertThat(c.host().openJournals()).isEmpty();
    Eventually.within(
        PATIENCE,
        c.id() + " can be upgraded",
        () ->
            world
                .calls()
                .post("/api/tenants/" + c.id() + "/check", "{}")
                .body()
                .path("ready")
                .asBoolean());
  }

  @Test
  @ResourceLock(SERVERS)
  void aHeldTenantStaysHeldThroughRestartsUntilItIsResumedToWhatItWas() throws Exception {
    Case c = Case.of(Trouble.BACKUP_ALTERED);
    TenantFacts before = TenantFacts.of(c.tenant());
    JsonNode report = hold(c);
    String held = report.get("upgrade_id").asText();

    Calls.Answer refused = world.calls().upgrade(c.id(), "{}");
    assertThat(refused.status()).as("%s", refused).isEqualTo(409);
    assertThat(refused.body().get("upgrade_id").asText()).isEqualTo(held);
    Calls.Answer tooEarly = world.calls().post("/api/tenants/" + c.id() + "/resume", "{}");
    assertThat(tooEarly.status()).as("%s", tooEarly).isEqualTo(422);
    assertThat(tooEarly.report().get("status").asText()).isEqualTo("needs_attention");
    assertThat(tooEarly.report().get("of_upgrade").asText()).isEqualTo(held);
    requireStillHeld(c, held);

    world.restartWorker(Map.of());
    world.restartApi(Map.of());
    requireStillHeld(c, held);

    c.trouble().mend(c);
    World.CommandOutput resumed =
        world.uplift("resume", c.id(), "--reason", "the right backup is there again");

    assertThat(resumed.exitCode()).as(resumed.text()).isZero();
    assertThat(resumed.text()).contains("is as it was: v0.2.0");
    requireBack(c, before);
    List<JsonNode> journal = c.host().closedJournal(held);
    assertThat(HostFacts.event(journal, "RESTORED")).isPresent();
    assertThat(journal).filteredOn(line -> line.get("event").asText().equals("RESUMED")).hasSize(2);
    JsonNode entry = world.calls().get("/api/upgrades?tenant=" + c.id()).body().at("/upgrades/0");
    assertThat(entry.get("operation").asText()).isEqualTo("resume");
    assertThat(entry.get("status").asText()).isEqualTo("rolled_back");
    assertThat(world.calls().get("/api/tenants/" + c.id()).body().has("held")).isFalse();
  }

  private static void requireStillHeld(Case c, String held) throws Exception {
    Calls.Answer refused = world.calls().upgrade(c.id(), "{}");
    assertThat(refused.status()).as("%s", refused).isEqualTo(409);
    assertThat(refused.body().get("type").asText()).endsWith(":tenant-held");
    assertThat(refused.body().get("upgrade_id").asText()).isEqualTo(held);
    assertThat(c.guard()).exists();
    assertThat(TenantFacts.isHealthy(c.tenant())).isFalse();
  }

  @Test
  @ResourceLock(value = SERVERS, mode = ResourceAccessMode.READ)
  void theRunbookOfATenantWhoseCodeCannotBeRestoredBringsItBack() throws Exception {
    requireThatTheRunbookBringsBack(Case.of(Trouble.CODE_LOCKED));
  }

  @ParameterizedTest
  @Tag("full")
  @EnumSource(
      value = Trouble.class,
      mode = Mode.INCLUDE,
      names = {"DEPENDENCIES_GONE", "GUARD_BLOCKED", "OLD_RELEASE_ILL"})
  @ResourceLock(value = SERVERS, mode = ResourceAccessMode.READ)
  void theRunbookBringsATenantBackWhereverTurningBackStopped(Trouble trouble) throws Exception {
    requireThatTheRunbookBringsBack(Case.of(trouble));
  }

  private static void requireThatTheRunbookBringsBack(Case c) throws Exception {
    TenantFacts before = TenantFacts.of(c.tenant());
    JsonNode report = hold(c);

    c.trouble().mend(c);
    String printed = follow(c, report.get("runbook"));

    assertThat(printed).contains(c.id() + " is released.");
    requireBack(c, before);
    JsonNode journal =
        HostFacts.event(c.host().closedJournal(report.get("upgrade_id").asText()), "RELEASED")
            .orElseThrow();
    assertThat(journal.get("value").asText()).contains("followed the runbook");
  }

  /** Runs each line that is no comment by itself, as somebody does who pastes one after another. */
  private static String follow(Case c, JsonNode runbook) throws Exception {
    StringBuilder printed = new StringBuilder();
    for (JsonNode line : runbook) {
      if (line.asText().startsWith("#")) {
        continue;
      }
      World.CommandOutput output = world.shell(line.asText());
      assertThat(output.exitCode()).as("%s: %s\n%s", c.id(), line, output.text()).isZero();
      printed.append(output.text());
    }
    return printed.toString();
  }

  @Test
  @Tag("full")
  @ResourceLock(value = SERVERS, mode = ResourceAccessMode.READ)
  void aHoldThatOnlyTheHostKnowsOfMeetsALinkWritesNothingThroughItAndIsResumed() throws Exception {
    Case c = Case.of(Trouble.PLACE_TAKEN);
    TenantFacts before = TenantFacts.of(c.tenant());
    String location = makeTrouble(c);
    byte[] strangers = Files.readAllBytes(c.elsewhere().resolve("pocket.db"));
    terminate(c);
    Files.createFile(c.told("go"));
    Eventually.within(
        PATIENCE,
        "the host holds it by itself",
        () -> HostFacts.event(c.host().openJournal(), "HELD").isPresent());
    Eventually.within(
        PATIENCE,
        "the ledger knows that the run is lost",
        () -> world.calls().get(location).body().path("status").asText().equals("lost"));
    assertThat(c.elsewhere().resolve("pocket.db")).hasBinaryContent(strangers);
    try (Stream<Path> files = Files.list(c.elsewhere())) {
      assertThat(files.toList()).hasSize(1);
    }

    c.trouble().mend(c);
    Calls.Answer resumed = world.calls().post("/api/tenants/" + c.id() + "/resume", "{}");

    assertThat(resumed.status()).as("%s", resumed).isEqualTo(200);
    assertThat(resumed.body().get("status").asText()).isEqualTo("rolled_back");
    requireBack(c, before);
  }

  /** As somebody does in the Temporal UI. */
  private static void terminate(Case c) {
    try (Engine engine = world.connect()) {
      engine
          .client()
          .newUntypedWorkflowStub(UpgradeWorkflow.idFor(c.tenant().id()))
          .terminate("by hand");
    }
  }
}
