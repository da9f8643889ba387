package dev.uplift.faults;

import static dev.uplift.faults.FaultCase.ofRow;
import static dev.uplift.faults.Injection.FAILURE;
import static dev.uplift.faults.Injection.KILL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import dev.uplift.host.HostPaths;
import dev.uplift.journal.JournalEntry.Event;
import dev.uplift.sandbox.TenantClient;
import dev.uplift.scenario.Apps;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.TenantFacts;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.EngineKind;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Step;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong from the start of a release to its commit, and when a tenant is turned back. */
@Tag("faults")
class ReleaseFaultsIT {
  /** Begun so often, a step of the compensation is for a person. */
  private static final int MOST_ATTEMPTS = 20;

  private static final String API =
      """
      import http.server
      import sys
      import time

      from pocket import settings

      config = settings.load()
      version = settings.VERSION


      class Handler(http.server.BaseHTTPRequestHandler):
          answers = 0

          def answer(self, status, body="", **headers):
              self.send_response(status)
              for name, value in headers.items():
                  self.send_header(name, value)
              self.end_headers()
              self.wfile.write(body.encode())

          def do_GET(self):
              Handler.answers += 1
      %s

          def log_message(self, *arguments):
              pass


      address = ("127.0.0.1", config.port("API_PORT"))
      http.server.ThreadingHTTPServer(address, Handler).serve_forever()
      """;

  private static final List<Injected> ALL =
      List.of(
          new Injected(
              ofRow(
                  35,
                  "a service dies as soon as it is started",
                  FAILURE,
                  "rolled_back, missing_dependency"),
              () -> rolledBack("cbapp", "v0.4.0-module-missing", "missing_dependency")),
          new Injected(
              ofRow(
                  35,
                  "a service dies two seconds after its start",
                  FAILURE,
                  "rolled_back, crash_loop"),
              () -> rolledBack("watchful", "v0.4.0-dies-after-start", "crash_loop")),
          new Injected(
              ofRow(36, "one of two services ends at once", FAILURE, "rolled_back, start_failed"),
              () ->
                  rolledBack(
                      "cbapp",
                      releases()
                          .replacing(
                              "v0.5.0-one-of-two",
                              "services/frontend.py",
                              "raise SystemExit('no licence')\n"),
                      "start_failed")),
          new Injected(
              ofRow(
                  36,
                  "a port that the release needs is taken",
                  FAILURE,
                  "rolled_back, port_conflict"),
              ReleaseFaultsIT::portTaken),
          new Injected(
              ofRow(
                  37,
                  "something else answers in the place of the release",
                  FAILURE,
                  "rolled_back, port_conflict"),
              ReleaseFaultsIT::somethingElseAnswers),
          new Injected(
              ofRow(37, "it answers with another version", FAILURE, "rolled_back, unhealthy"),
              () -> rolledBack("impatient", "v0.4.0-version-wrong", "unhealthy")),
          new Injected(
              ofRow(37, "it redirects to a good answer", FAILURE, "rolled_back, unhealthy"),
              () ->
                  rolledBack(
                      "impatient",
                      answering(
                          "v0.5.0-redirects",
                          """
                          if self.path == "/health":
                              self.answer(302, Location="/fine")
                          else:
                              self.answer(200, '{"status": "ok", "version": "%s"}' % version)
                          """),
                      "unhealthy")),
          new Injected(
              ofRow(37, "it answers 200 with a wrong body", FAILURE, "rolled_back, unhealthy"),
              () ->
                  rolledBack(
                      "strict",
                      answering(
                          "v0.5.0-wrong-body",
                          """
                          self.answer(200, '{"status": "broken", "version": "%s"}' % version)
                          """),
                      "unhealthy")),
          new Injected(
              ofRow(38, "it answers well once, then not", FAILURE, "rolled_back, unhealthy"),
              () ->
                  rolledBack(
                      "impatient",
                      answering(
                          "v0.5.0-well-once",
                          """
                          status = 200 if Handler.answers == 1 else 503
                          self.answer(status, '{"status": "ok", "version": "%s"}' % version)
                          """),
                      "unhealthy")),
          new Injected(
              ofRow(38, "it is up after its deadline", FAILURE, "rolled_back, unhealthy"),
              () -> rolledBack("impatient", "v0.4.0-starts-slowly", "unhealthy")),
          new Injected(
              ofRow(38, "it is up shortly before its deadline", FAILURE, "success"),
              ReleaseFaultsIT::slowButInTime),
          new Injected(
              ofRow(39, "during the health window", KILL, "success"),
              () -> killedAround("globex", Event.INTENT)),
          new Injected(
              ofRow(39, "after the commit, before the answer", KILL, "success"),
              () -> killedAround("initech", Event.COMMITTED)),
          new Injected(
              ofRow(
                  42,
                  "a backup is altered before it is needed",
                  FAILURE,
                  "needs_attention, backup_altered"),
              () ->
                  withoutBackup(
                      "umbrella",
                      """
                      with open(backup, "r+b") as file:
                          file.seek(5000)
                          file.write(b"Z")
                      """)),
          new Injected(
              ofRow(42, "a backup is cut off", FAILURE, "needs_attention, backup_altered"),
              () -> withoutBackup("hooli", "os.truncate(backup, 4096)\n")),
          new Injected(
              ofRow(42, "a backup is removed", FAILURE, "needs_attention, backup_altered"),
              () -> withoutBackup("stark", "os.remove(backup)\n")),
          new Injected(
              ofRow(
                  42,
                  "a backup's manifest is altered to suit it",
                  FAILURE,
                  "needs_attention, backup_altered"),
              () ->
                  withoutBackup(
                      "wayne",
                      """
                      text = open(backup + ".json").read()
                      open(backup + ".json", "w").write(text.replace("a", "b"))
                      """)),
          new Injected(
              ofRow(
                  44,
                  "the old release does not come up",
                  FAILURE,
                  "needs_attention, port_conflict"),
              ReleaseFaultsIT::oldReleaseStaysDown),
          new Injected(
              ofRow(45, "somebody writes to the new release", FAILURE, "rolled_back, unhealthy"),
              ReleaseFaultsIT::lateWrites),
          new Injected(
              ofRow(
                  45,
                  "somebody writes to the new release, on_late_writes: hold",
                  FAILURE,
                  "needs_attention"),
              ReleaseFaultsIT::lateWritesThatHold),
          new Injected(
              ofRow(
                  47,
                  "the restore ends its worker: twice for real, then as often as is allowed"
                      + " by what the journal says",
                  KILL,
                  "needs_attention"),
              ReleaseFaultsIT::restoreThatEndsItsWorker));

  @TempDir static Path directory;
  private static World world;

  static Stream<FaultCase> cases() {
    return Injected.cases(ALL);
  }

  @TestFactory
  Stream<DynamicTest> endsAsPromised() {
    return Injected.tests(ALL);
  }

  /** Started by the first case that is not done yet. */
  private static World world() throws Exception {
    if (world == null) {
      assumeTrue(EngineKind.DEV_SERVER.isAvailable(), "there is no temporal program");
      world =
          World.start(
              directory.resolve("world"),
              EngineKind.DEV_SERVER,
              sandbox ->
                  sandbox
                      .tenants(11)
                      .rows(200)
                      .timeout("health_window", "1s")
                      .timeout("health_deadline", "60s"));
      Apps apps = new Apps(world.calls());
      apps.addVariant("cbapp", ReleaseFaultsIT::withoutRehearsal);
      apps.addVariant("watchful", app -> timeout(app, "health_window", "4s"));
      apps.addVariant("impatient", app -> timeout(app, "health_deadline", "5s"));
      apps.addVariant(
          "holding", app -> timeout(app, "health_deadline", "5s").put("on_late_writes", "hold"));
      apps.addVariant(
          "strict",
          app ->
              ((ObjectNode) timeout(app, "health_deadline", "5s").at("/health/0"))
                  .put("json", "/status=ok"));
    }
    return world;
  }

  private static ObjectNode withoutRehearsal(JsonNode app) {
    ((ObjectNode) app.get("rehearsal")).put("enabled", false);
    return (ObjectNode) app;
  }

  private static ObjectNode timeout(JsonNode app, String name, String value) {
    ((ObjectNode) app.get("timeouts")).put(name, value);
    return withoutRehearsal(app);
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
      world = null;
    }
  }

  private static BadReleases releases() throws Exception {
    return new BadReleases(world().sandbox().upstream());
  }

  /** A release whose API answers by these statements. */
  private static String answering(String tag, String statements) throws Exception {
    String body = statements.strip().indent(8).stripTrailing();
    return releases().replacing(tag, "services/api.py", API.formatted(body));
  }

  private static Trial trial(String tenant, String app) throws Exception {
    Trial trial = Trial.of(world(), tenant);
    new Apps(world.calls()).use(trial.tenant(), app);
    return trial;
  }

  private static String rolledBack(String app, String tag, String kind) throws Exception {
    return trial("testsite", app).start(tag).rolledBack(kind);
  }

  private static String portTaken() throws Exception {
    Trial trial = trial("testsite", "cbapp");
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket taken = new ServerSocket(trial.tenant().metricsPort(), 1, loopback)) {
      assertThat(taken.isBound()).isTrue();
      return trial.start("v0.4.0-port-taken").rolledBack("port_conflict");
    }
  }

  /** It says what the old release said, and is gone before that is started again. */
  private static String somethingElseAnswers() throws Exception {
    Trial trial = trial("testsite", "impatient").start("v0.3.0");
    trial.await(Event.DONE, Step.STOP_SERVICES, Direction.FORWARD);
    InetAddress loopback = InetAddress.getLoopbackAddress();
    HttpServer imposter =
        HttpServer.create(new InetSocketAddress(loopback, trial.tenant().apiPort()), 0);
    imposter.createContext(
        "/",
        exchange -> {
          byte[] body =
              "{\"status\":\"ok\",\"version\":\"v0.2.0\"}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    imposter.start();
    try {
      trial.await(Event.BACK);
    } finally {
      imposter.stop(0);
    }
    return trial.rolledBack("port_conflict");
  }

  private static String slowButInTime() throws Exception {
    String tag = "v0.5.0-slow";
    String api =
        """
        import time

        from cb_http import serve
        from cb_log import Log
        from pocket import api, settings

        time.sleep(3)
        config = settings.load()
        serve(config.port("API_PORT"), api.routes(config), Log("api"))
        """;
    releases().replacing(tag, "services/api.py", api);
    return trial("acme", "impatient").start(tag).succeeded(tag);
  }

  private static String killedAround(String tenant, Event event) throws Exception {
    Trial trial = trial(tenant, "watchful").start("v0.3.0");
    if (event == Event.INTENT) {
      trial.await(event, Step.CHECK_HEALTH, Direction.FORWARD);
    } else {
      trial.await(event);
    }
    world.killWorker();
    boolean committed = trial.event("COMMITTED").isPresent();
    assertThat(committed).isEqualTo(event == Event.COMMITTED);
    world.startWorker();
    String seen = trial.succeeded("v0.3.0");
    assertThat(trial.timesBegun(Step.RUN_MIGRATIONS, Direction.FORWARD)).isEqualTo(1);
    return seen;
  }

  /** The release's script does something to the backup and fails. */
  private static String withoutBackup(String tenant, String python) throws Exception {
    Path migrated = directory.resolve(tenant + ".migrated");
    String tag =
        releases()
            .migrating(
                "v0.5.0-" + tenant,
                """
                import glob

                backup = next(f for f in sorted(glob.glob(DATABASE + ".backup_*")) if "." not in f[len(DATABASE) + 1:])
                with opened() as connection:
                    connection.execute("UPDATE person SET city = 'half'")
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                shutil.copy(DATABASE, "%s")
                %s
                raise SystemExit("enough")
                """
                    .formatted(migrated, python.strip()));
    Trial trial = trial(tenant, "cbapp").start(tag);
    trial.held("backup_altered", "backup");
    assertThat(TenantFacts.databaseHash(trial.tenant().database()))
        .as("the database is not touched")
        .isEqualTo(TenantFacts.databaseHash(migrated));
    requireGuarded(trial);
    return "needs_attention, backup_altered";
  }

  private static void requireGuarded(Trial trial) {
    for (var unit : trial.tenant().units()) {
      assertThat(new HostPaths(world.sandbox().state()).guards().resolve(unit.value())).exists();
      assertThat(world.sandbox().services().state(unit).running()).isFalse();
    }
  }

  /** Its port is taken when it is started again. */
  private static String oldReleaseStaysDown() throws Exception {
    Trial trial = trial("tenant-9", "impatient").start("v0.4.0-migration-raises");
    trial.await(Event.INTENT, Step.RESTORE_DATABASE, Direction.BACK);
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket taken = new ServerSocket(trial.tenant().apiPort(), 1, loopback)) {
      assertThat(taken.isBound()).isTrue();
      JsonNode report = trial.held("port_conflict", "the services were");
      assertThat(report.at("/failure/kind").asText()).isEqualTo("migration_failed");
      assertThat(trial.timesBegun(Step.CHECK_HEALTH, Direction.BACK)).isEqualTo(1);
    }
    assertThat(TenantFacts.databaseHash(trial.tenant().database()))
        .isEqualTo(trial.databaseBefore());
    return "needs_attention, port_conflict, with the old database";
  }

  private static String lateWrites() throws Exception {
    Trial trial = trial("testsite", "impatient");
    writeLate(trial, "late-1");
    String seen = trial.rolledBack("unhealthy");
    JsonNode report = trial.report();
    assertThat(report.at("/writes_after_start/person").asLong()).as("%s", report).isEqualTo(1);
    Path failed = Path.of(report.get("failed_database").asText());
    assertThat(TenantFacts.names(failed)).contains("late-1");
    assertThat(TenantFacts.names(trial.tenant().database())).doesNotContain("late-1");
    return seen + ", 1 late write kept aside";
  }

  private static String lateWritesThatHold() throws Exception {
    Trial trial = trial("tenant-10", "holding");
    writeLate(trial, "late-2");
    JsonNode report = trial.held("step_failed");
    assertThat(report.at("/failure/kind").asText()).isEqualTo("unhealthy");
    assertThat(TenantFacts.names(trial.tenant().database())).contains("late-2");
    requireGuarded(trial);
    return "needs_attention, nothing restored";
  }

  /** Upgrades to a release that is not found healthy, but takes what it is given meanwhile. */
  private static void writeLate(Trial trial, String name) throws Exception {
    trial.start("v0.4.0-version-wrong");
    trial.await(Event.INTENT, Step.CHECK_HEALTH, Direction.FORWARD);
    try (TenantClient client = new TenantClient(trial.tenant())) {
      Eventually.within(
          Trial.PATIENCE, "the new release takes it", () -> client.add(name).id() > 0);
    }
  }

  private static String restoreThatEndsItsWorker() throws Exception {
    Trial trial = trial("tenant-11", "cbapp").start("v0.4.0-migration-raises");
    trial.await(Event.INTENT, Step.RESTORE_DATABASE, Direction.BACK);
    world.killWorker();
    world.startWorker();
    Eventually.within(
        Trial.PATIENCE,
        "the restore was begun again",
        () -> trial.timesBegun(Step.RESTORE_DATABASE, Direction.BACK) > 1);
    world.killWorker();
    writeIntents(
        trial, MOST_ATTEMPTS - (int) trial.timesBegun(Step.RESTORE_DATABASE, Direction.BACK));
    world.startWorker();
    trial.held("step_failed");
    assertThat(trial.timesBegun(Step.RESTORE_DATABASE, Direction.BACK)).isEqualTo(MOST_ATTEMPTS);
    return "needs_attention, after " + MOST_ATTEMPTS + " attempts";
  }

  /** What workers would have written that came that far and no further. */
  private static void writeIntents(Trial trial, int times) throws IOException {
    Path journal = trial.host().openJournals().get(0);
    List<String> lines = Files.readAllLines(journal);
    String intent =
        lines.stream()
            .filter(line -> line.contains("INTENT") && line.contains("RESTORE_DATABASE"))
            .findFirst()
            .orElseThrow();
    Files.writeString(journal, (intent + "\n").repeat(times), StandardOpenOption.APPEND);
  }
}
