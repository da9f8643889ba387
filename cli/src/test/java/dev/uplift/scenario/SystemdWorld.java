package dev.uplift.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.api.token.Scope;
import dev.uplift.api.token.Tokens;
import dev.uplift.sandbox.LoopbackPorts;
import dev.uplift.sandbox.Sandbox;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.Upstream;
import dev.uplift.sandbox.engine.EmbeddedEngine;
import dev.uplift.sandbox.engine.EngineProcess;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.testhost.TestHost;
import dev.uplift.testhost.TestHosts;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A machine with tenants that are units of systemd and a worker without privileges, and beside it
 * the central machine: engine and API run where the test does.
 */
public final class SystemdWorld implements AutoCloseable {
  /** The tenants' owner, and the worker's user. */
  public static final String OWNER = "ops";

  private static final Path DIST = Path.of("target", "dist").toAbsolutePath();
  private static final String STATE = "/var/lib/uplift";
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** An ordinary unit as somebody writes it who never heard of Uplift. */
  private static final String UNIT =
      """
      [Unit]
      Description=%1$s of %2$s
      After=network.target
      StartLimitIntervalSec=10min
      StartLimitBurst=3
      [Service]
      User=ops
      WorkingDirectory=/srv/%2$s
      ExecStart=/srv/%2$s/venv/bin/python services/%1$s.py
      Restart=always
      RestartSec=50ms
      %3$s
      [Install]
      WantedBy=multi-user.target
      """;

  // It waits for what a release's start needs, and some releases of these tests lack it.
  private static final String FRONTEND =
      """
      ExecStartPre=/usr/bin/test ! -e services/refuses
      ExecStartPre=/bin/sh -c 'test ! -e services/loops || until systemctl -q is-failed %s-api; do sleep 0.1; done'
      """;

  private final Path directory;
  private final List<Integer> ports = LoopbackPorts.free(2);
  private final List<String> tenants;
  private final TestHosts hosts;
  private TestHost host;
  private Sandbox sandbox;
  private EngineProcess engine;
  private Wire wire;
  private Process api;
  private String token;

  private SystemdWorld(Path directory, List<String> tenants, TestHosts hosts) {
    this.directory = directory;
    this.tenants = List.copyOf(tenants);
    this.hosts = hosts;
  }

  /** Skips the test where no test hosts can be had. */
  public static SystemdWorld start(Path directory, List<String> tenants) throws Exception {
    SystemdWorld world = new SystemdWorld(directory, tenants, TestHosts.orSkip());
    try {
      world.startCentralMachine();
      world.prepareHost();
      for (String tenant : tenants) {
        world.install(tenant);
      }
      world.mustScript("systemctl daemon-reload");
      for (String tenant : tenants) {
        world.mustScript("systemctl enable --now %1$s-api %1$s-frontend".formatted(tenant));
      }
      world.startWorker();
      world.register();
      return world;
    } catch (Exception | AssertionError e) {
      world.close();
      throw e;
    }
  }

  private void startCentralMachine() throws Exception {
    Path logs = Files.createDirectories(directory.resolve("logs"));
    // For its upstream and its packages.
    sandbox = Sandbox.in(directory.resolve("sandbox")).tenants(1).start();
    Path registry = directory.resolve("registry.db");
    token = Tokens.create(registry, "test", Set.of(Scope.ADMIN), Duration.ofHours(2));
    engine = EmbeddedEngine.start(ports.get(0), logs.resolve("engine.log"));
    wire = new Wire(hosts.outsideAddress(), ports.get(0));
    api =
        World.launch(
            DIST,
            directory,
            "api",
            Map.of(),
            Map.of(
                "uplift.port",
                ports.get(1),
                "uplift.database",
                registry,
                "uplift.engine.target",
                "127.0.0.1:" + ports.get(0),
                "uplift.engine.embedded",
                true));
  }

  private void prepareHost() throws Exception {
    host = hosts.add("web-1");
    host.bindReadOnly(DIST, "/opt/uplift").bindReadOnly(sandbox.directory(), "/media/sandbox");
    host.write("/etc/gitconfig", "[safe]\n  directory = *\n[advice]\n  detachedHead = false\n");
    host.write("/etc/polkit-1/rules.d/50-uplift.rules", polkitRule());
    // The way to the central machine, as a tunnel makes it.
    host.write(
        "/etc/systemd/system/engine.socket",
        "[Socket]\nListenStream=127.0.0.1:7233\n[Install]\nWantedBy=sockets.target\n");
    host.write(
        "/etc/systemd/system/engine.service",
        "[Service]\nExecStart=/lib/systemd/systemd-socket-proxyd %s:%d\n"
            .formatted(hosts.outsideAddress(), wire.port()));
    host.write("/etc/systemd/system/uplift-worker.service", workerUnit());
    host.boot();
    mustScript(
        """
        useradd --create-home --groups systemd-journal ops
        install -d -o ops /srv/tools %s
        setpriv --reuid=ops --regid=ops --init-groups python3 -m venv /srv/tools
        systemctl enable --now engine.socket
        """
            .formatted(STATE));
  }

  private static String polkitRule() {
    return """
        polkit.addRule(function(action, subject) {
          if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "ops") {
            var unit = action.lookup("unit"), verb = action.lookup("verb");
            return /^[a-z]+-(api|frontend)\\.service$/.test(unit)
                && ["start", "stop", "restart", "reset-failed"].indexOf(verb) >= 0
              ? polkit.Result.YES : polkit.Result.NO;
          }
        });
        """;
  }

  private static String workerUnit() {
    Map<String, String> settings =
        Map.of(
            "uplift.host.name", "web-1",
            "uplift.host.state", STATE,
            "uplift.host.roots", "/srv",
            "uplift.host.units", "[a-z]+-(api|frontend)",
            "uplift.drain", "10s",
            "uplift.engine.embedded", "true");
    return """
        [Unit]
        After=network.target dbus.service polkit.service engine.socket engine.service
        [Service]
        User=ops
        WorkingDirectory=%s
        Environment=PIP_NO_INDEX=1 PIP_FIND_LINKS=file:///media/sandbox/wheels PIP_CONFIG_FILE=/dev/null
        ExecStart=/usr/bin/java @/opt/uplift/jvm/worker -Duplift.dist=/opt/uplift -cp /opt/uplift/lib/* \
            dev.uplift.cli.Uplift worker --of-demo %s
        KillMode=process
        """
        .formatted(
            STATE,
            settings.entrySet().stream()
                .map(setting -> "--set " + setting.getKey() + "=" + setting.getValue())
                .collect(Collectors.joining(" ")));
  }

  /** A tenant at v0.2.0 with a few people, as somebody sets it up by hand. */
  private void install(String name) throws InterruptedException {
    int port = portOf(name);
    host.write(
        "/srv/install-" + name + ".sh",
        """
        set -eu
        cd /srv/%1$s
        git clone -q file:///media/sandbox/upstream/cbapp.git .
        git checkout -q v0.2.0
        printf 'TENANT=%1$s\\nAPI_PORT=%2$d\\nFRONTEND_PORT=%3$d\\nMETRICS_PORT=%4$d\\n' >.env
        python3 -m venv --without-pip venv
        /srv/tools/bin/pip -q --python venv/bin/python install --no-index \
            --find-links /media/sandbox/wheels -r requirements.txt
        for script in create_schema create_default_users add_person_columns migrate_add_import_metadata; do
          venv/bin/python scripts/$script.py
        done
        sqlite3 db/pocket.db "INSERT INTO person (name, email) VALUES ('Ann of %1$s', 'ann@%1$s.example')"
        """
            .formatted(name, port, port + 1, port + 2));
    writeUnit(name + "-api", UNIT.formatted("api", name, ""));
    writeUnit(
        name + "-frontend", UNIT.formatted("frontend", name, FRONTEND.formatted(name).strip()));
    host.write(
        "/etc/systemd/system/" + name + "-.service.d/50-uplift-guard.conf",
        "[Unit]\nAssertPathExists=!%s/guard/%%N\n".formatted(STATE));
    host.mustRun("install", "-d", "-o", OWNER, "/srv/" + name);
    host.mustRunAs(OWNER, "sh", "/srv/install-" + name + ".sh");
  }

  public void writeUnit(String unit, String content) {
    host.write("/etc/systemd/system/" + unit + ".service", content);
  }

  /** Each tenant has three ports of its own, in a network of its own. */
  public int portOf(String tenant) {
    return 10_000 + tenants.indexOf(tenant) * 10;
  }

  private void register() throws Exception {
    Calls calls = calls();
    Eventually.within(PATIENCE, "the API answers", () -> calls.get("/api/tenants").status() == 200);
    String fleet = Files.readString(sandbox.fleetFile());
    String app = fleet.substring(fleet.indexOf("apps:"), fleet.indexOf("tenants:"));
    String text =
        "hosts: {web-1: {}}\n"
            + app.replace(sandbox.upstream().url(), "file:///media/sandbox/upstream/cbapp.git")
                .replace("health_window: 5s", "health_window: 2s")
            + "tenants:\n"
            + tenants.stream().map(this::entry).collect(Collectors.joining());
    Calls.Answer applied = calls.postYaml("/api/fleet", text);
    if (applied.status() != 200) {
      throw new IllegalStateException("the fleet was not applied: " + applied);
    }
    new Apps(calls).addUnrehearsed("unrehearsed");
    Eventually.within(
        PATIENCE,
        "the worker answers",
        () -> calls.get("/api/tenants/" + tenants.get(0) + "/version").status() == 200);
  }

  private String entry(String tenant) {
    int port = portOf(tenant);
    return "  %s: {app: cbapp, host: web-1, path: /srv/%s, ports: {api: %d, frontend: %d, metrics: %d}}\n"
        .formatted(tenant, tenant, port, port + 1, port + 2);
  }

  public void startWorker() throws Exception {
    mustScript("systemctl restart uplift-worker");
  }

  /** What a command line of shell prints that root gives on the host. */
  public String mustScript(String lines) throws InterruptedException {
    return host.mustScript(lines);
  }

  /** Until it is mended, the host reaches neither the engine nor the API. */
  public void cutWire() {
    wire.close();
  }

  public void mendWire() throws IOException {
    wire.mend();
  }

  public TestHost host() {
    return host;
  }

  public Upstream upstream() {
    return sandbox.upstream();
  }

  public Calls calls() {
    return new Calls(URI.create("http://127.0.0.1:" + ports.get(1)), token);
  }

  /** The tenant with the paths that its files have where the test runs. */
  public SandboxTenant tenant(String name) {
    int port = portOf(name);
    return new SandboxTenant(
        new Tenant(
            new Slug(name),
            "cbapp",
            new HostName("web-1"),
            host.file("/srv/" + name).toString(),
            null,
            Map.of(),
            Map.of("api", port, "frontend", port + 1, "metrics", port + 2)));
  }

  /** What the API of a tenant says, asked on the host. */
  public JsonNode health(String tenant) throws Exception {
    return JSON.readTree(
        host.mustRun("curl", "-s", "http://127.0.0.1:" + portOf(tenant) + "/health"));
  }

  /** Upgrades and waits for the end; the answer is the report, however it ended. */
  public JsonNode upgrade(String tenant, String target) throws Exception {
    return calls().upgrade(tenant, "{\"target_version\":\"" + target + "\"}").report();
  }

  /** The journal of the only upgrade of a tenant that is not over. */
  public List<String> openJournal(String tenant) throws IOException {
    Path journals = host.file(STATE + "/tenants/" + tenant + "/journal");
    if (!Files.isDirectory(journals)) {
      return List.of();
    }
    try (var files = Files.list(journals)) {
      Path journal =
          files.filter(file -> file.toString().endsWith(".jsonl")).findFirst().orElse(null);
      return journal == null ? List.of() : Files.readAllLines(journal);
    }
  }

  public boolean isGuarded(String unit) {
    return Files.exists(host.file(STATE + "/guard/" + unit));
  }

  @Override
  public void close() {
    hosts.close();
    World.end(api);
    if (wire != null) {
      wire.close();
    }
    if (engine != null) {
      engine.close();
    }
    if (sandbox != null) {
      sandbox.close();
    }
  }
}
