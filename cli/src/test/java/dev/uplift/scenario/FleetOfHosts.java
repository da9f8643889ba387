package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.uplift.sandbox.Sandbox;
import dev.uplift.sandbox.SandboxBuilder;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.CommandOutput;
import dev.uplift.scenario.World.EngineKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A fleet on three hosts, each a directory and a worker of this machine. The first host has the
 * tenant of the test ring and the canary; all others are in production.
 */
final class FleetOfHosts implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String SCRIPT = "scripts/of_the_fleet.py";
  private static final String REQUIREMENTS = "requirements.txt";
  private static final String APP = "unrehearsed";

  private final World world;
  private final List<OtherHost> others = new ArrayList<>();
  private int releases;

  private FleetOfHosts(World world) {
    this.world = world;
  }

  /** So many tenants on each of the hosts. */
  static FleetOfHosts of(int tenantsEach, Path directory, EngineKind kind) throws Exception {
    UnaryOperator<SandboxBuilder> described =
        sandbox -> sandbox.tenants(tenantsEach).rows(50).timeout("health_window", "1s");
    FleetOfHosts fleet =
        new FleetOfHosts(
            World.start(directory.resolve("world"), kind, Duration.ofSeconds(30), described));
    try {
      for (String name : List.of("web-2", "web-3")) {
        fleet.others.add(OtherHost.join(fleet.world, name, directory.resolve(name), described));
      }
      Apps apps = new Apps(fleet.world.calls());
      apps.addUnrehearsed(APP);
      return fleet;
    } catch (Exception | AssertionError e) {
      fleet.close();
      throw e;
    }
  }

  World world() {
    return world;
  }

  List<OtherHost> others() {
    return others;
  }

  List<SandboxTenant> tenants() {
    List<SandboxTenant> all = new ArrayList<>(world.sandbox().tenants());
    others.forEach(host -> all.addAll(host.sandbox().tenants()));
    return all;
  }

  SandboxTenant named(String id) {
    return tenants().stream()
        .filter(tenant -> tenant.id().value().equals(id))
        .findFirst()
        .orElseThrow();
  }

  /** Nobody is refused for what a rehearsal finds any more. */
  void rehearseNothing() throws Exception {
    Apps apps = new Apps(world.calls());
    for (SandboxTenant tenant : tenants()) {
      apps.use(tenant, APP);
    }
  }

  List<Sandbox> hosts() {
    List<Sandbox> all = new ArrayList<>();
    all.add(world.sandbox());
    others.forEach(host -> all.add(host.sandbox()));
    return all;
  }

  /** Publishes a {@link #release} for which no host has the dependencies yet. */
  String releaseWithOtherDependencies() {
    String requirements = world.sandbox().upstream().textOf("v0.3.0", REQUIREMENTS);
    return release(
        Duration.ZERO, Map.of(REQUIREMENTS, requirements + "# as of release " + releases + "\n"));
  }

  /**
   * Publishes a release whose migration notes in the database that it ran, takes that long, and
   * fails for whoever is {@link #poison poisoned}.
   */
  String release(Duration migration) {
    return release(migration, Map.of());
  }

  private String release(Duration migration, Map<String, String> more) {
    String tag = "v0.5." + releases++;
    String script =
        """
        import time

        from _database import opened

        with opened() as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'poison'").fetchone():
                raise SystemExit("there is poison in it")
            connection.execute("CREATE TABLE IF NOT EXISTS ran (tag TEXT)")
            connection.execute("INSERT INTO ran VALUES ('%s')")
        time.sleep(%s)
        """
            .formatted(tag, migration.toMillis() / 1000.0);
    Map<String, String> changes = new HashMap<>(more);
    changes.put("VERSION", tag + "\n");
    changes.put(SCRIPT, script);
    changes.put("uplift.yml", SlowMigration.profileWith(SCRIPT));
    world.sandbox().upstream().addRelease(tag, "v0.3.0", changes);
    return tag;
  }

  void poison(SandboxTenant tenant) throws SQLException {
    execute(tenant, "CREATE TABLE poison (x)");
  }

  void cure(SandboxTenant tenant) throws SQLException {
    execute(tenant, "DROP TABLE poison");
  }

  private static void execute(SandboxTenant tenant, String sql) throws SQLException {
    try (Connection connection = open(tenant);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static Connection open(SandboxTenant tenant) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + tenant.database() + "?busy_timeout=10000");
  }

  /** How often the migration of a release has run in the database that is there now. */
  static int timesMigrated(SandboxTenant tenant, String tag) throws SQLException {
    try (Connection connection = open(tenant);
        ResultSet table =
            connection.getMetaData().getTables(null, null, "ran", new String[] {"TABLE"})) {
      if (!table.next()) {
        return 0;
      }
      try (Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery("SELECT count(*) FROM ran WHERE tag = '" + tag + "'")) {
        return rows.getInt(1);
      }
    }
  }

  /** The tenant runs the release, whole, and was migrated to it once. */
  void requireUpgraded(SandboxTenant tenant, String tag) throws Exception {
    assertThat(TenantFacts.isHealthy(tenant)).as("%s serves", tenant.id()).isTrue();
    assertThat(TenantFacts.of(tenant).commit())
        .as("%s has %s", tenant.id(), tag)
        .isEqualTo(world.sandbox().upstream().commitOf(tag));
    assertThat(Files.readString(tenant.path().resolve("VERSION")).strip()).isEqualTo(tag);
    assertThat(timesMigrated(tenant, tag)).as("%s was migrated once", tenant.id()).isOne();
  }

  /**
   * How each upgrade of a tenant to a release has ended. The ledger may learn of it later than the
   * rollout, and is waited for.
   *
   * @param learns how long it may take
   */
  List<String> upgradesTo(SandboxTenant tenant, String tag, Duration learns) throws Exception {
    Eventually.within(
        learns,
        "no upgrade of " + tenant.id() + " to " + tag + " runs",
        () -> !statuses(tenant, tag).contains("running"));
    return statuses(tenant, tag);
  }

  private List<String> statuses(SandboxTenant tenant, String tag) throws Exception {
    return entries(tenant, tag).map(entry -> entry.path("status").asText()).toList();
  }

  /** What a step of a tenant's last upgrade to a release said. */
  String said(SandboxTenant tenant, String tag, String step) throws Exception {
    String id = entries(tenant, tag).findFirst().orElseThrow().path("upgrade_id").asText();
    return world
        .calls()
        .get("/api/upgrades/" + id)
        .body()
        .at("/report/steps")
        .valueStream()
        .filter(one -> one.path("name").asText().equals(step))
        .findFirst()
        .orElseThrow()
        .path("summary")
        .asText();
  }

  private Stream<JsonNode> entries(SandboxTenant tenant, String tag) throws Exception {
    JsonNode page = world.calls().get("/api/upgrades?tenant=" + tenant.id()).body();
    return page.path("upgrades")
        .valueStream()
        .filter(entry -> entry.path("target_version").asText().equals(tag));
  }

  /** What {@code uplift rollout … --json} ended with, and printed. */
  record Told(int exitCode, JsonNode rollout) {
    String id() {
      return rollout.path("id").asText();
    }

    String status() {
      return rollout.path("status").asText();
    }

    int count(String outcome) {
      return rollout.at("/progress/counts/" + outcome).asInt();
    }
  }

  Told rollout(String... arguments) throws Exception {
    CommandOutput printed = world.uplift("rollout", arguments);
    try {
      return new Told(printed.exitCode(), JSON.readTree(printed.text()));
    } catch (JsonProcessingException notJson) {
      throw new AssertionError(printed.text(), notJson);
    }
  }

  @Override
  public void close() {
    others.forEach(OtherHost::close);
    world.close();
  }
}
