package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.TenantClient;
import dev.uplift.scenario.World.EngineKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every release that misbehaves ends as it must, and the tenant is what it was. */
@Timeout(240)
@Execution(ExecutionMode.CONCURRENT)
class MisbehavingReleasesIT {
  /**
   * Tenants for releases that fail: each is what it was afterwards, so the next release may have
   * it.
   */
  private static final BlockingQueue<SandboxTenant> FREE = new LinkedBlockingQueue<>();

  private static final String SECRET = UUID.randomUUID().toString();

  /**
   * Prints far more than anybody reads, a secret, bytes that are no text, and then what matters.
   */
  private static final String SHOUT =
      """
      import os, sys
      out = sys.stdout.buffer
      for i in range(50):
          out.write((b"x" * 99 + b"\\n") * 10_000)
      out.write(os.urandom(20_000))
      out.write(b"\\nAPI_TOKEN=%s\\nthe last words of a loud script\\n")
      """
          .formatted(SECRET);

  private static final String DIE =
      """
      import sys
      sys.stderr.buffer.write(b"caf\\xe9 \\xff\\xfe\\x00\\nPassword: %s\\n")
      sys.stderr.flush()
      import cb_geocoder
      """
          .formatted(SECRET);

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
                    .rows(200)
                    .timeout("health_window", "3s")
                    .timeout("health_deadline", "60s")
                    // For all scripts together, and a rehearsal has only what others leave it.
                    .timeout("migrations", "2m"));
    FREE.addAll(List.of(world.sandbox().tenant("testsite"), world.sandbox().tenants().get(4)));
    Map<String, String> loud = new HashMap<>();
    loud.put("VERSION", "v0.5.0-loud\n");
    loud.put("scripts/add_person_nickname.py", SHOUT);
    loud.put("services/api.py", DIE);
    world.sandbox().upstream().addRelease("v0.5.0-loud", "v0.4.0-migration-raises", loud);
    Apps apps = new Apps(world.calls());
    apps.addUnrehearsed("unrehearsed");
    apps.addVariant("impatient", app -> timeout(app, "health_deadline", "18s"));
    apps.addVariant("hasty", app -> timeout(app, "migrations", "10s"));
    apps.addVariant(
        "hasty-unrehearsed",
        app -> {
          timeout(app, "migrations", "10s");
          ((ObjectNode) app.get("rehearsal")).put("enabled", false);
        });
  }

  private static void timeout(JsonNode app, String name, String value) {
    ((ObjectNode) app.get("timeouts")).put(name, value);
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @ParameterizedTest(name = "{0} ({1}) is {2}: {3}")
  @CsvSource({
    "v0.4.0-migration-raises,     cbapp,       rejected,    migration_failed,   false",
    "v0.4.0-migration-raises,     unrehearsed, rolled_back, migration_failed,   true",
    "v0.4.0-schema-wrong,         cbapp,       rejected,    schema_wrong,       false",
    "v0.4.0-requirement-unknown,  cbapp,       rejected,    missing_dependency, false",
    "v0.4.0-module-missing,       cbapp,       rolled_back, missing_dependency, true",
    "v0.4.0-tracks-database,      cbapp,       rejected,    dirty_checkout,     false",
  })
  void endsAsItMust(String tag, String app, String status, String kind, boolean stopped)
      throws Exception {
    SandboxTenant tenant = FREE.take();
    try {
      new Apps(world.calls()).use(tenant, app);
      requireOutcome(tenant, tag, status, kind, stopped);
    } finally {
      FREE.add(tenant);
    }
  }

  @ParameterizedTest(name = "{0} ({1}) is {2}: {3}")
  @Tag("full")
  @CsvSource({
    "v0.4.0-migration-hangs,  hasty,             rejected,    migration_timeout, false",
    "v0.4.0-migration-hangs,  hasty-unrehearsed, rolled_back, migration_timeout, true",
    "v0.4.0-schema-wrong,     unrehearsed,       rolled_back, schema_wrong,      true",
    "v0.4.0-version-wrong,    cbapp,             rolled_back, unhealthy,         true",
    "v0.4.0-dies-after-start, cbapp,             rolled_back, crash_loop,        true",
    "v0.4.0-starts-slowly,    impatient,         rolled_back, unhealthy,         true",
  })
  void endsAsItMustAfterAWhile(String tag, String app, String status, String kind, boolean stopped)
      throws Exception {
    endsAsItMust(tag, app, status, kind, stopped);
  }

  @Test
  void whatWasSeenOfAnUpgradeThatWasTurnedBackIsToldWithinBoundsAndWithoutSecrets()
      throws Exception {
    SandboxTenant tenant = FREE.take();
    try {
      new Apps(world.calls()).use(tenant, "unrehearsed");
      String id = requireOutcome(tenant, "v0.5.0-loud", "rolled_back", "missing_dependency", true);

      JsonNode evidence = evidenceWithItsLastLook(id);

      assertThat(evidence.toString()).doesNotContain(SECRET).hasSizeLessThan(1024 * 1024);
      assertThat(evidence.get("upgrade_id").asText()).isEqualTo(id);
      assertThat(evidence.get("tenant").asText()).isEqualTo(tenant.id().value());
      JsonNode loud = piece(evidence, "migrations/scripts/add_person_nickname.py");
      assertThat(loud.get("text").asText())
          .endsWith("\nAPI_TOKEN=***\nthe last words of a loud script\n")
          .contains("x".repeat(99) + "\n");
      assertThat(loud.get("cut_bytes").asLong()).isBetween(49_900_000L, 50_020_000L);
      assertThat(piece(evidence, "services/" + tenant.id() + "-api").get("text").asText())
          .contains("caf\uFFFD \uFFFD\uFFFD\n", "Password: ***", "Traceback", "No module named");
      assertThat(piece(evidence, "health/forward").get("text").asText())
          .contains("api died", "does not answer");
      assertThat(piece(evidence, "health/back").get("text").asText()).contains("all checks hold");
      assertThat(piece(evidence, "database/inspected").get("text").asText())
          .contains("\"person\" : 200");
      assertThat(piece(evidence, "database/migrated").get("text").asText())
          .contains("quick_check: ok", "foreign_key_check: ok");
      assertThat(piece(evidence, "database/rows").get("text").asText()).contains("\"rows\" : 200");
      String old = TenantFacts.of(tenant).commit();
      assertThat(piece(evidence, "git/turning-back").get("text").asText()).doesNotContain(old);
      assertThat(piece(evidence, "git/afterwards").get("text").asText())
          .startsWith("HEAD is at " + old)
          .endsWith("\nclean\n");
      assertThat(evidence.get("journal").findValuesAsText("event"))
          .startsWith("OPENED")
          .contains("INTENT", "DONE", "BACK")
          .endsWith("RESTORED");
      Path kept = world.sandbox().state().resolve("tenants/" + tenant.id() + "/evidence/" + id);
      assertThat(contents(kept)).isNotEmpty().noneMatch(text -> text.contains(SECRET));
      assertThat(contents(kept).stream().mapToInt(String::length).sum()).isLessThan(512 * 1024);
    } finally {
      FREE.add(tenant);
    }
  }

  @Test
  void whatARehearsalPrintedIsToldOfAnUpgradeThatWasRejected() throws Exception {
    SandboxTenant tenant = FREE.take();
    try {
      new Apps(world.calls()).use(tenant, "cbapp");
      String id =
          requireOutcome(tenant, "v0.4.0-migration-raises", "rejected", "migration_failed", false);
      JsonNode evidence = world.calls().get("/api/upgrades/" + id + "/evidence").body();

      assertThat(piece(evidence, "rehearsal/scripts/add_person_nickname.py").get("text").asText())
          .contains("Traceback");
      assertThat(evidence.get("journal")).isEmpty();

      String refused = requireOutcome(tenant, "v9.9.9-missing", "rejected", "tag_missing", false);
      assertThat(world.calls().get("/api/upgrades/" + refused + "/evidence").body().at("/pieces"))
          .extracting(piece -> piece.get("name").asText())
          .containsExactly("database/inspected");
    } finally {
      FREE.add(tenant);
    }
  }

  /** A reader waits 2 s for the host's last look, for which a busy machine needs longer. */
  private static JsonNode evidenceWithItsLastLook(String id) throws Exception {
    JsonNode[] evidence = new JsonNode[1];
    Eventually.within(
        Duration.ofSeconds(60),
        "the last look is kept",
        () -> {
          Calls.Answer answer = world.calls().get("/api/upgrades/" + id + "/evidence");
          evidence[0] = answer.body();
          return evidence[0].path("pieces").findValuesAsText("name").contains("git/afterwards");
        });
    return evidence[0];
  }

  private static JsonNode piece(JsonNode evidence, String name) {
    for (JsonNode piece : evidence.get("pieces")) {
      if (piece.get("name").asText().equals(name)) {
        return piece;
      }
    }
    throw new AssertionError(
        "no " + name + " in " + evidence.get("pieces").findValuesAsText("name"));
  }

  private static List<String> contents(Path directory) throws IOException {
    List<String> contents = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      // What is being written has another name.
      for (Path file : files.filter(file -> file.toString().endsWith(".json")).toList()) {
        contents.add(Files.readString(file));
      }
    }
    return contents;
  }

  @Test
  @Tag("full")
  void aPortThatIsTakenIsNamed() throws Exception {
    SandboxTenant tenant = FREE.take();
    try (ServerSocket taken =
        new ServerSocket(tenant.metricsPort(), 1, InetAddress.getLoopbackAddress())) {
      new Apps(world.calls()).use(tenant, "cbapp");
      requireOutcome(tenant, "v0.4.0-port-taken", "rolled_back", "port_conflict", true);
      assertThat(taken.isBound()).isTrue();
    } finally {
      FREE.add(tenant);
    }
  }

  @Test
  @Tag("full")
  void aMigrationThatFailsOnRowsAfterTheRehearsalIsTurnedBackWithThoseRows() throws Exception {
    SandboxTenant tenant = world.sandbox().tenant("globex");
    List<Long> before = TenantFacts.processIds(tenant, world.sandbox().services());
    CompletableFuture<Calls.Answer> upgrade =
        world
            .calls()
            .upgradeInBackground(
                tenant.id().value(),
                "{\"target_version\":\"v0.4.0-migration-raises-on-late-rows\"}");
    // The rehearsal of this release sleeps for two seconds before it looks.
    String upgradeId = runningUpgradeOf(tenant);
    Eventually.within(
        Duration.ofSeconds(90),
        "the snapshot of the rehearsal is there",
        () -> snapshotExists(upgradeId));
    try (TenantClient client = new TenantClient(tenant)) {
      client.add("late-1");
    }
    long rows = TenantFacts.people(tenant);
    Calls.Answer answer = upgrade.get();

    assertThat(answer.status()).as("%s", answer).isEqualTo(422);
    assertThat(answer.report().get("status").asText()).isEqualTo("rolled_back");
    assertThat(answer.report().at("/failure/kind").asText()).isEqualTo("migration_failed");
    assertThat(answer.report().at("/fingerprints/equal").asBoolean()).isTrue();
    assertThat(TenantFacts.people(tenant)).isEqualTo(rows).isEqualTo(201);
    assertThat(TenantFacts.hasColumn(tenant, "person", "initial")).isFalse();
    assertThat(TenantFacts.processIds(tenant, world.sandbox().services()))
        .doesNotContainAnyElementsOf(before);
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
  }

  @Test
  @Tag("full")
  void aReleaseThatNeedsTwentySecondsToStartSucceeds() throws Exception {
    Calls.Answer answer =
        world.calls().upgrade("acme", "{\"target_version\":\"v0.4.0-starts-slowly\"}");

    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    assertThat(answer.body().get("downtime_ms").asLong()).isBetween(20_000L, 60_000L);
  }

  @Test
  @Tag("full")
  void aMigrationThatFindsItsDatabaseByAnAbsolutePathIsRehearsedOnTheCopyOnly() throws Exception {
    SandboxTenant tenant = world.sandbox().tenant("initech");
    CompletableFuture<Calls.Answer> upgrade =
        world
            .calls()
            .upgradeInBackground(
                tenant.id().value(), "{\"target_version\":\"v0.4.0-absolute-path\"}");
    boolean[] changedWhileServing = new boolean[1];
    List<Long> before = TenantFacts.processIds(tenant, world.sandbox().services());
    while (TenantFacts.processIds(tenant, world.sandbox().services()).equals(before)
        && !upgrade.isDone()) {
      changedWhileServing[0] |= TenantFacts.hasColumn(tenant, "person", "birthday");
    }
    Calls.Answer answer = upgrade.get();

    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    assertThat(changedWhileServing[0]).isFalse();
    assertThat(TenantFacts.hasColumn(tenant, "person", "birthday")).isTrue();
  }

  /** The snapshot of an upgrade's rehearsal; upgrades of other tenants have theirs beside it. */
  private static boolean snapshotExists(String upgradeId) throws IOException {
    Path scratch = world.sandbox().state().resolve("scratch").resolve(upgradeId);
    if (!Files.isDirectory(scratch)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(scratch)) {
      return files.anyMatch(file -> file.endsWith(Path.of("db", "pocket.db")));
    } catch (java.io.UncheckedIOException removedMeanwhile) {
      return false;
    }
  }

  private static String runningUpgradeOf(SandboxTenant tenant) throws Exception {
    String path = "/api/upgrades?status=running&tenant=" + tenant.id();
    Eventually.within(
        Duration.ofSeconds(90),
        "the upgrade runs",
        () -> world.calls().get(path).body().at("/upgrades/0/upgrade_id").isTextual());
    return world.calls().get(path).body().at("/upgrades/0/upgrade_id").asText();
  }

  /** Upgrades, and looks at tenant and report. Returns the upgrade's id. */
  private static String requireOutcome(
      SandboxTenant tenant, String tag, String status, String kind, boolean stopped)
      throws Exception {
    TenantFacts factsBefore = TenantFacts.of(tenant);
    List<Long> processesBefore = TenantFacts.processIds(tenant, world.sandbox().services());

    Calls.Answer answer =
        world.calls().upgrade(tenant.id().value(), "{\"target_version\":\"" + tag + "\"}");

    assertThat(answer.status()).as("%s", answer).isEqualTo(422);
    JsonNode report = answer.report();
    assertThat(report.get("status").asText()).as("%s", report).isEqualTo(status);
    assertThat(report.at("/failure/kind").asText()).as("%s", report).isEqualTo(kind);
    assertThat(TenantFacts.of(tenant)).isEqualTo(factsBefore);
    List<Long> processesAfter = TenantFacts.processIds(tenant, world.sandbox().services());
    if (stopped) {
      assertThat(processesAfter).doesNotContainAnyElementsOf(processesBefore);
      assertThat(report.at("/fingerprints/equal").asBoolean()).isTrue();
    } else {
      assertThat(processesAfter).isEqualTo(processesBefore);
    }
    assertThat(processesAfter).doesNotContain(-1L);
    assertThat(TenantFacts.isHealthy(tenant)).isTrue();
    return report.get("upgrade_id").asText();
  }
}
