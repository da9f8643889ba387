package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.uplift.engine.Engine;
import dev.uplift.sandbox.LoopbackPorts;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.Upstream;
import dev.uplift.sandbox.engine.TestAuthority;
import dev.uplift.scenario.World.EngineKind;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.WorkflowExecutionMetadata;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Secrets are planted wherever a host or an operator has some, and everything is made to fail that
 * could tell them. A word that is no secret, printed beside them, shows that the places which are
 * searched are those where such things arrive.
 */
@Tag("full")
@Timeout(600)
class CanaryIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String WITNESS = "witness-" + random();

  // Each is looked for by both of its halves too: what is cut must not be a part of it.
  private static final String ORIGIN = random();
  private static final String TOKEN_FILE = random();
  private static final String ENV_TOKEN = random();
  private static final String ENV_PASSWORD = random();
  private static final String ENV_URL = random();
  private static final String SERVICE = random();
  private static final String HEALTH = random();
  private static final String AWS = random();
  private static final String INDEX = random();
  private static final String HOOK_PATH = random();
  private static final String HOOK_QUERY = random();
  private static final String HOOK_SECRET = random();
  private static final String APPLIED = random();
  private static final String SETTING = random();
  private static final Map<String, String> PLANTED = new LinkedHashMap<>();

  static {
    PLANTED.put("the login of an origin", ORIGIN);
    PLANTED.put("the token in a file", TOKEN_FILE);
    PLANTED.put("a token of .env", ENV_TOKEN);
    PLANTED.put("a password of .env", ENV_PASSWORD);
    PLANTED.put("a URL of .env", ENV_URL);
    PLANTED.put("what a service logs", SERVICE);
    PLANTED.put("what a health check answers", HEALTH);
    PLANTED.put("a key of the worker", AWS);
    PLANTED.put("the login of a package index", INDEX);
    PLANTED.put("the path of a webhook", HOOK_PATH);
    PLANTED.put("the query of a webhook", HOOK_QUERY);
    PLANTED.put("the secret of a webhook", HOOK_SECRET);
    PLANTED.put("the login of an upstream that is applied", APPLIED);
    PLANTED.put("a setting that is refused", SETTING);
    for (String login :
        List.of(
            "ops:" + ORIGIN,
            ORIGIN + ":x-oauth-basic",
            "ops:" + INDEX,
            "x-access-token:" + TOKEN_FILE)) {
      byte[] bytes = login.getBytes(StandardCharsets.UTF_8);
      PLANTED.put("the header of " + login, Base64.getEncoder().encodeToString(bytes));
    }
  }

  private static final String READ_ENV =
      """
      import json, os, pathlib, sys
      text = (pathlib.Path(__file__).resolve().parent.parent / ".env").read_text()
      env = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
      """;

  // Prints what it was given in every way in which scripts do, and what it can see of the worker.
  private static final String TALK =
      READ_ENV
          + """
          print(text)
          print(env)
          print(json.dumps(env))
          print(json.dumps({"nested": json.dumps(env)}))
          print(f"--token {env['API_TOKEN']} Authorization: Bearer {env['API_TOKEN']}")
          print({"Authorization": "Bearer " + env["API_TOKEN"]})
          try:
              with open(f"/proc/{os.getppid()}/environ") as parent:
                  for line in parent.read().split("\\0"):
                      if line.startswith(("AWS_", "PIP_INDEX")):
                          print(line)
          except OSError as hidden:
              print(hidden)
          print("%s")
          """
              .formatted(WITNESS);

  private static final String RAISE = "raise RuntimeError(f'refused: {env}')\n";

  private static final String DIE =
      READ_ENV
          + """
          print("Authorization: Bearer " + env["SERVICE_SECRET"], file=sys.stderr)
          print("%s", env, file=sys.stderr, flush=True)
          sys.exit(3)
          """
              .formatted(WITNESS);

  private static final String SICK =
      READ_ENV
          + """
          from http.server import BaseHTTPRequestHandler, HTTPServer
          class Sick(BaseHTTPRequestHandler):
              def do_GET(self):
                  body = json.dumps({"status": "%s", "token": env["HEALTH_SECRET"]}).encode()
                  self.send_response(503)
                  self.end_headers()
                  self.wfile.write(body)
          HTTPServer(("127.0.0.1", int(env["API_PORT"])), Sick).serve_forever()
          """
              .formatted(WITNESS);

  @TempDir Path directory;
  private final List<String> posted = new CopyOnWriteArrayList<>();
  private final AtomicInteger refusals = new AtomicInteger(1);

  @Test
  void aPlantedTokenIsFoundNowhere() throws Exception {
    assumeTrue(EngineKind.DEV_SERVER.isAvailable(), "there is no temporal program");
    Path home = directory.resolve("world");
    TestAuthority authority = new TestAuthority(directory.resolve("authority"));
    HttpServer plain = HttpServer.create(loopback(), 0);
    HttpsServer encrypted = HttpsServer.create(loopback(), 0);
    encrypted.setHttpsConfigurator(new HttpsConfigurator(authority.issue("git").ofServer()));
    plain.createContext("/hook", this::takeNotification);
    for (HttpServer server : List.of(plain, encrypted)) {
      server.createContext("/", CanaryIT::refuse);
      server.start();
    }
    try (World world =
        World.start(
            home,
            EngineKind.DEV_SERVER,
            sandbox -> sandbox.tenants(4).rows(20).timeout("health_window", "1s"))) {
      String http = "127.0.0.1:" + plain.getAddress().getPort();
      int management = LoopbackPorts.free(1).get(0);
      world.restartApi(
          Map.of(
              "uplift.notify.ops.webhook.url",
              "http://" + http + "/hook/" + HOOK_PATH + "?key=" + HOOK_QUERY,
              "uplift.notify.ops.webhook.secret-file",
              secret("hook-secret", HOOK_SECRET),
              "uplift.notify.ops.events",
              "rolled_back,rejected,success",
              "uplift.notify.ops.first-retry",
              "1s"));
      world.restartWorker(
          Map.of("uplift.management.port", management),
          Map.of(
              "AWS_SECRET_ACCESS_KEY",
              AWS,
              "PIP_INDEX_URL",
              "http://ops:" + INDEX + "@" + http + "/simple",
              "PIP_NO_INDEX",
              "0"));
      String https = "https://127.0.0.1:" + encrypted.getAddress().getPort() + "/private.git";
      Calls calls = world.calls();
      Calls worker = new Calls(URI.create("http://127.0.0.1:" + management), null);
      registerApps(calls, https, authority.caFile());
      publish(world.sandbox().upstream());
      for (SandboxTenant tenant : world.sandbox().tenants()) {
        plantIn(tenant);
      }

      List<String> told = new ArrayList<>();
      failInPreparation(world, calls, http);
      failInCutover(world, calls);
      told.addAll(askEverything(world, calls, worker));
      told.addAll(setWrongly(world, calls, http));
      awaitNotifications(calls);

      Map<String, List<String>> places = new LinkedHashMap<>();
      places.put("evidence", evidence(calls));
      places.put("an answer of the API", calls.heard());
      places.put("an answer of the worker", worker.heard());
      places.put("the command line", told);
      places.put("a webhook", posted);
      places.put("a workflow's history", histories(world));
      places.put("the registry", databaseIn(home, "registry.db"));
      places.put("the engine's database", databaseIn(home, "engine.db"));
      places.put("a log", List.of(world.log("api"), world.log("worker"), world.log("engine")));
      places.put("the state directory", filesBelow(world.sandbox().state(), "/state/process/"));
      places.put("a checkout", filesBelow(world.sandbox().checkouts(), ".git/config"));
      List<String> leaks = new ArrayList<>();
      places.forEach(
          (place, texts) -> {
            assertThat(texts).as(place).isNotEmpty();
            texts.forEach(text -> leaks.addAll(leaks(place, text)));
          });
      assertThat(leaks).isEmpty();
      for (String place :
          List.of(
              "an answer of the API",
              "a workflow's history",
              "the registry",
              "the engine's database",
              "evidence",
              "the state directory")) {
        assertThat(String.join("\n", places.get(place))).as(place).contains(WITNESS);
      }
    } finally {
      plain.stop(0);
      encrypted.stop(0);
    }
  }

  private static void failInPreparation(World world, Calls calls, String http) throws Exception {
    Apps apps = new Apps(calls);
    List<SandboxTenant> tenants = world.sandbox().tenants();
    SandboxTenant ownOrigin = tenants.get(0);
    setOrigin(ownOrigin.path(), "http://ops:" + ORIGIN + "@" + http + "/private.git");
    apps.use(ownOrigin, "own-origin");
    expect("rejected", upgrade(calls, ownOrigin, "v0.3.0"));
    setOrigin(ownOrigin.path(), "https://" + ORIGIN + ":x-oauth-basic@127.0.0.1:1/private.git");
    expect("rejected", upgrade(calls, ownOrigin, "v0.3.0"));

    apps.use(tenants.get(1), "with-token");
    expect("rejected", upgrade(calls, tenants.get(1), "v0.3.0"));

    SandboxTenant other = tenants.get(2);
    expect("rejected", upgrade(calls, other, "v0.4.0-requirement-unknown"));
    apps.use(other, "builds");
    expect("rejected", upgrade(calls, other, "v0.3.0"));
    apps.use(other, "cbapp");
    expect("rejected", upgrade(calls, other, "v0.5.0-raises"));
  }

  private static void failInCutover(World world, Calls calls) throws Exception {
    SandboxTenant tenant = world.sandbox().tenants().get(3);
    new Apps(calls).use(tenant, "unrehearsed");
    expect("rolled_back", upgrade(calls, tenant, "v0.5.0-raises"));
    expect("rolled_back", upgrade(calls, tenant, "v0.5.0-dies"));
    expect("rolled_back", upgrade(calls, tenant, "v0.5.0-sick"));
    expect("success", upgrade(calls, tenant, "v0.5.0-talks"));
  }

  private static JsonNode upgrade(Calls calls, SandboxTenant tenant, String tag) throws Exception {
    Calls.Answer answer =
        calls.upgrade(tenant.id().value(), "{\"target_version\":\"" + tag + "\"}");
    if (answer.status() != 503 || !answer.body().has("upgrade_id")) {
      return answer.report();
    }
    // The engine of a busy machine may not answer for a moment; the upgrade goes on.
    String path = "/api/upgrades/" + answer.body().get("upgrade_id").asText();
    Eventually.within(
        PATIENCE, tag + " has ended", () -> calls.get(path).body().path("report").isObject());
    return calls.get(path).report();
  }

  private static void expect(String status, JsonNode report) {
    assertThat(report.path("status").asText()).as("%s", report).isEqualTo(status);
  }

  private static List<String> askEverything(World world, Calls calls, Calls worker)
      throws Exception {
    for (SandboxTenant tenant : world.sandbox().tenants()) {
      calls.get("/api/tenants/" + tenant.id() + "/version");
      calls.post("/api/tenants/" + tenant.id() + "/check", "{}");
    }
    for (String path :
        List.of(
            "/api/tenants",
            "/api/apps/own-origin",
            "/api/apps/with-token",
            "/api/upgrades",
            "/api/audit",
            "/api/channels",
            "/api/notifications",
            "/actuator/health")) {
      assertThat(calls.get(path).status()).as(path).isEqualTo(200);
    }
    for (JsonNode upgrade : calls.get("/api/upgrades").body().get("upgrades")) {
      String path = "/api/upgrades/" + upgrade.get("upgrade_id").asText();
      assertThat(calls.get(path).status()).as(path).isEqualTo(200);
    }
    assertThat(calls.text("/actuator/prometheus")).contains("uplift_upgrades_total");
    assertThat(worker.text("/actuator/prometheus")).contains("uplift_step_duration_seconds");
    assertThat(worker.get("/actuator/health").status()).isEqualTo(200);
    return List.of(
        world.uplift("check", "--all").text(),
        world.uplift("check", "--all", "--json").text(),
        world.uplift("export").text(),
        world
            .uplift(
                "discover",
                "--root",
                world.sandbox().checkouts().toString(),
                "--services",
                world.sandbox().definitions().toString())
            .text());
  }

  /** Of all upgrades, but those that were refused before anything ran. */
  private static List<String> evidence(Calls calls) throws Exception {
    List<String> evidence = new ArrayList<>();
    Set<String> names = new TreeSet<>();
    for (JsonNode upgrade : calls.get("/api/upgrades").body().get("upgrades")) {
      Calls.Answer answer =
          calls.get("/api/upgrades/" + upgrade.get("upgrade_id").asText() + "/evidence");
      assertThat(answer.status()).as("%s", answer).isEqualTo(200);
      evidence.add(answer.body().toString());
      names.addAll(answer.body().get("pieces").findValuesAsText("name"));
    }
    assertThat(names)
        .contains(
            "migrations/scripts/add_person_nickname.py",
            "rehearsal/scripts/add_person_nickname.py",
            "installers/sh -c env; false",
            "health/forward",
            "git/afterwards")
        .anyMatch(name -> name.startsWith("services/"));
    return evidence;
  }

  /** Secrets where none may be: each is refused, and not repeated. */
  private List<String> setWrongly(World world, Calls calls, String http) throws Exception {
    String url = "https://ops:" + APPLIED + "@" + http + "/private.git";
    String fleet =
        "apps:\n  leaky:\n    upstream: {url: \"%s\"}\n    database: db/pocket.db\n".formatted(url);
    assertThat(calls.postYaml("/api/fleet", fleet).status()).isEqualTo(400);
    ObjectNode app = calls.get("/api/apps/cbapp").body().deepCopy();
    app.putObject("upstream").put("url", url);
    assertThat(calls.put("/api/apps/leaky", app).status()).isEqualTo(400);
    app.putObject("upstream").put("url", "https://" + http + "/a.git?access=" + APPLIED);
    assertThat(calls.put("/api/apps/leaky", app).status()).isEqualTo(400);
    Path file = Files.writeString(directory.resolve("leaky.yml"), fleet);
    World.CommandOutput applied = world.uplift("apply", file.toString());
    assertThat(applied.exitCode()).as(applied.text()).isNotZero();

    List<String> told = new ArrayList<>(List.of(applied.text()));
    for (String setting :
        List.of("webhook.url=https://127.0.0.1/" + SETTING + " %", "webhook.urll=x/" + SETTING)) {
      World.CommandOutput started =
          world.uplift(
              "api",
              "--set",
              "uplift.port=" + LoopbackPorts.free(1).get(0),
              "--set",
              "uplift.database=" + directory.resolve("wrong.db"),
              "--set",
              "uplift.notify.ops." + setting);
      assertThat(started.exitCode()).as(started.text()).isNotZero();
      assertThat(started.text()).contains("uplift.notify.ops.webhook");
      told.add(started.text());
    }
    return told;
  }

  /** Each ended upgrade is told once it was told again what was refused at first. */
  private static void awaitNotifications(Calls calls) throws Exception {
    Eventually.within(
        PATIENCE,
        "all notifications are delivered",
        () -> {
          JsonNode all = calls.get("/api/notifications").body().get("notifications");
          return all.size() == 10
              && all.findValuesAsText("status").stream().allMatch("delivered"::equals);
        });
  }

  private void registerApps(Calls calls, String https, Path caFile) throws Exception {
    Apps apps = new Apps(calls);
    String token = secret("token", TOKEN_FILE);
    apps.addUnrehearsed("unrehearsed");
    apps.addVariant("own-origin", app -> ((ObjectNode) app).remove("upstream"));
    apps.addVariant(
        "with-token",
        app ->
            ((ObjectNode) app)
                .putObject("upstream")
                .put("url", https)
                .putObject("credentials")
                .put("token_file", token)
                .put("ca_file", caFile.toString()));
    apps.addVariant(
        "builds",
        app -> {
          ObjectNode build = ((ObjectNode) app).withArray("dependencies").addObject();
          build.put("type", "command");
          build.putArray("run").add("sh").add("-c").add("env; false");
          build.putArray("produces").add("out");
        });
  }

  private static void publish(Upstream upstream) {
    String migration = "scripts/add_person_nickname.py";
    upstream.addRelease(
        "v0.5.0-raises", "v0.4.0-migration-raises", release("raises", migration, TALK + RAISE));
    upstream.addRelease(
        "v0.5.0-talks", "v0.4.0-migration-raises", release("talks", migration, TALK));
    upstream.addRelease("v0.5.0-dies", "v0.3.0", release("dies", "services/api.py", DIE));
    Map<String, String> sick = release("sick", "services/api.py", SICK);
    sick.put("uplift.yml", "timeouts: {health_deadline: 8s}\n");
    upstream.addRelease("v0.5.0-sick", "v0.3.0", sick);
  }

  private static Map<String, String> release(String name, String file, String content) {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("VERSION", "v0.5.0-" + name + "\n");
    files.put(file, content);
    return files;
  }

  private static void plantIn(SandboxTenant tenant) throws IOException {
    Path file = tenant.path().resolve(".env");
    String secrets =
        """
        API_TOKEN=%s
        DB_PASSWORD="%s"
        MAIL=smtp://ops:%s@mail.example.org
        SERVICE_SECRET=%s
        HEALTH_SECRET=%s
        """
            .formatted(ENV_TOKEN, ENV_PASSWORD, ENV_URL, SERVICE, HEALTH);
    Files.writeString(file, Files.readString(file) + secrets);
  }

  private static void setOrigin(Path checkout, String url) throws Exception {
    Process git =
        new ProcessBuilder("git", "remote", "set-url", "origin", url)
            .directory(checkout.toFile())
            .start();
    assertThat(git.waitFor()).isZero();
  }

  private String secret(String name, String content) throws IOException {
    Path file = Files.writeString(directory.resolve(name), content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file.toString();
  }

  private void takeNotification(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      posted.add(body + exchange.getRequestHeaders().entrySet());
      if (refusals.getAndDecrement() > 0) {
        answer(exchange, 404, "Cannot POST " + exchange.getRequestURI());
      } else {
        answer(exchange, 200, "");
      }
    }
  }

  /** As a badly made server does: it repeats what it was sent. */
  private static void refuse(HttpExchange exchange) throws IOException {
    try (exchange) {
      String sent = exchange.getRequestHeaders().getFirst("Authorization");
      exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"private\"");
      answer(exchange, 401, "Authorization: " + sent + " is not known here");
    }
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /** Where in a text which secret is, also if only one half of it is there. */
  private static List<String> leaks(String place, String text) {
    List<String> leaks = new ArrayList<>();
    PLANTED.forEach(
        (name, secret) -> {
          int half = secret.length() / 2;
          for (String part : List.of(secret.substring(0, half), secret.substring(half))) {
            int found = text.indexOf(part);
            if (found >= 0) {
              leaks.add(name + " is in " + place + ": " + around(text, found));
              break;
            }
          }
        });
    return leaks;
  }

  private static String around(String text, int found) {
    return text.substring(Math.max(0, found - 60), Math.min(text.length(), found + 60));
  }

  /** Everything that the Temporal server remembers of all workflows, as it was sent. */
  private static List<String> histories(World world) {
    List<String> histories = new ArrayList<>();
    try (Engine engine = Engine.at(world.engineAddress(), "test");
        Stream<WorkflowExecutionMetadata> all = engine.client().listExecutions("")) {
      all.map(WorkflowExecutionMetadata::getExecution)
          .flatMap(
              run ->
                  engine
                      .client()
                      .fetchHistory(run.getWorkflowId(), run.getRunId())
                      .getEvents()
                      .stream())
          .map(HistoryEvent::toByteArray)
          .forEach(bytes -> histories.add(new String(bytes, StandardCharsets.ISO_8859_1)));
    }
    return histories;
  }

  /** A database and what is beside it: its log may be ahead. */
  private static List<String> databaseIn(Path home, String name) throws IOException {
    List<String> contents = new ArrayList<>();
    try (Stream<Path> files = Files.list(home)) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith(name)).toList()) {
        contents.add(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return contents;
  }

  /** What the host keeps; where a tenant or its service put a secret itself, it may be. */
  private static List<String> filesBelow(Path top, String allowed) throws IOException {
    List<String> contents = new ArrayList<>();
    try (Stream<Path> files = Files.walk(top)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.toString();
        if (!name.contains(allowed) && !name.endsWith("/.env")) {
          contents.add(name + "\n" + Files.readString(file, StandardCharsets.ISO_8859_1));
        }
      }
    }
    return contents;
  }

  private static InetSocketAddress loopback() throws IOException {
    return new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
  }

  private static String random() {
    return UUID.randomUUID().toString().replace("-", "");
  }
}
