package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tenants that are units of a real systemd, upgraded by a worker without privileges: whatever the
 * units do, each upgrade ends as it must, and the units are in the state in which they were.
 */
@Tag("full")
@Timeout(600)
class SystemdUnitsIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final String HANGS = "scripts/add_person_country.py";

  private static final String SLOW = "scripts/score_people.py";
  private static final String SLOW_SCRIPT =
      """
      import time

      from _database import opened

      with opened() as connection:
          connection.execute("ALTER TABLE person ADD COLUMN score INTEGER")
          time.sleep(4)
      """;

  private static final String LATE_NEEDS = "/var/tmp/late-redis";
  private static final String LOST_NEEDS = "/var/tmp/lost-redis";

  /** Each tenant is used for one thing; acme is what it was after each release that fails. */
  private static final List<String> TENANTS =
      List.of("acme", "good", "deaf", "cut", "kept", "shut", "seen", "limp", "late", "lost");

  @TempDir static Path directory;
  private static SystemdWorld world;

  @BeforeAll
  static void startWorld() throws Exception {
    world = SystemdWorld.start(directory, TENANTS);
    world
        .upstream()
        .addRelease(
            "v0.4.0-loops",
            "v0.3.0",
            Map.of(
                "VERSION", "v0.4.0-loops\n",
                "services/loops", "",
                "services/api.py", "raise SystemExit('no licence')\n"));
    world
        .upstream()
        .addRelease(
            "v0.4.0-refuses",
            "v0.3.0",
            Map.of("VERSION", "v0.4.0-refuses\n", "services/refuses", ""));
    world
        .upstream()
        .addRelease(
            "v0.4.0-slow",
            "v0.3.0",
            Map.of(
                "VERSION",
                "v0.4.0-slow\n",
                SLOW,
                SLOW_SCRIPT,
                "uplift.yml",
                SlowMigration.profileWith(SLOW)));
    Apps apps = new Apps(world.calls());
    apps.addVariant("careful", app -> timeout(app, "health_window", "8s"));
    apps.addVariant(
        "impatient",
        app -> {
          timeout(app, "health_deadline", "8s");
          ((ObjectNode) app.get("rehearsal")).put("enabled", false);
        });
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  void anUpgradeSucceedsWithoutPrivilegesAndLeavesTheUnitsEnabledAsTheyWere() throws Exception {
    Map<String, Unit> before = units("good");

    JsonNode report = world.upgrade("good", "v0.3.0");

    assertThat(report.path("status").asText()).as("%s", report).isEqualTo("success");
    assertThat(report.path("warnings").toString()).doesNotContain("KillMode", "longer to stop");
    assertThat(world.health("good").path("version").asText()).isEqualTo("v0.3.0");
    assertThat(states(units("good"))).isEqualTo(states(before));
    assertThat(units("good").get("good-api").mainPid())
        .as("another process")
        .isNotEqualTo(before.get("good-api").mainPid());
    assertThat(world.isGuarded("good-api")).isFalse();
    String owners =
        world.mustScript("find /srv/good ! -user ops; find /var/lib/uplift ! -user ops");
    assertThat(owners).as("files of others").isEmpty();
  }

  @ParameterizedTest(name = "{0} ({1}) is turned back: {3} in {2}")
  @CsvSource({
    "v0.4.0-migration-raises, unrehearsed, RunMigrations, migration_failed,   no such column",
    "v0.4.0-module-missing,   cbapp,       CheckHealth,   missing_dependency, No module named",
    "v0.4.0-dies-after-start, cbapp,       CheckHealth,   crash_loop,         acme-api died",
    "v0.4.0-refuses,          cbapp,       StartServices, start_failed,       acme-frontend",
  })
  void aReleaseThatFailsIsTurnedBack(
      String tag, String app, String step, String kind, String evidence) throws Exception {
    requireTurnedBack(tag, app, step, kind, evidence);
  }

  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    int metrics = world.portOf("acme") + 2;
    world.mustScript(
        "systemd-run -q --unit=thief python3 -m http.server --bind 127.0.0.1 " + metrics);
    try {
      requireTurnedBack(
          "v0.4.0-port-taken", "cbapp", "CheckHealth", "port_conflict", "Address already in use");
    } finally {
      world.mustScript("systemctl stop thief");
    }
  }

  @Test
  void theCrashLoopOfAReleaseThatUsedUpItsStartsDoesNotKeepTheOldOneFromStarting()
      throws Exception {
    requireTurnedBack("v0.4.0-loops", "cbapp", "CheckHealth", "crash_loop", "no licence");

    assertThat(world.mustScript("journalctl -o cat UNIT=acme-api.service"))
        .contains("acme-api.service: Start request repeated too quickly.");
  }

  @Test
  void aUnitThatIgnoresSigtermIsKilledBySystemdAndUpgraded() throws Exception {
    world
        .host()
        .write(
            "/etc/systemd/system/deaf-api.service.d/deaf.conf",
            """
            [Service]
            ExecStart=
            ExecStart=/bin/sh -c 'trap "" TERM; exec venv/bin/python services/api.py'
            TimeoutStopSec=3s
            """);
    world.mustScript("systemctl daemon-reload; systemctl restart deaf-api");
    Eventually.within(
        SOON,
        "it is deaf",
        () ->
            world
                .mustScript("grep SigIgn /proc/$(systemctl show -P MainPID deaf-api)/status")
                .matches("(?s)SigIgn:\\s+[0-9a-f]*[4-7c-f][0-9a-f]{3}\\s*"));
    Eventually.within(SOON, "it is healthy", () -> !answer("deaf").isEmpty());

    JsonNode report = world.upgrade("deaf", "v0.3.0");

    assertThat(report.path("status").asText()).as("%s", report).isEqualTo("success");
    assertThat(report.path("downtime_ms").asLong()).isGreaterThan(2_900);
    assertThat(world.mustScript("journalctl -o cat UNIT=deaf-api.service"))
        .contains("Killing process", "with signal SIGKILL");
    assertThat(world.health("deaf").path("version").asText()).isEqualTo("v0.3.0");
  }

  @Test
  void aUnitThatWasStoppedBeforeIsStoppedAfterwards() throws Exception {
    new Apps(world.calls()).use(world.tenant("acme"), "unrehearsed");
    world.mustScript("systemctl stop acme-frontend");
    try {
      TenantFacts before = TenantFacts.of(world.tenant("acme"));
      Map<String, Unit> units = units("acme");
      String forced =
          "{\"target_version\":\"v0.4.0-migration-raises\",\"force\":true,\"reason\":\"a test\"}";

      JsonNode report = world.calls().upgrade("acme", forced).report();

      assertThat(report.path("status").asText()).as("%s", report).isEqualTo("rolled_back");
      assertThat(report.path("warnings").toString()).contains("acme-frontend is down");
      requireAsBefore("acme", before, units);
      assertThat(units("acme").get("acme-frontend").state())
          .isEqualTo("inactive, enabled, no process");
    } finally {
      world.mustScript("systemctl start acme-frontend");
    }
  }

  @Test
  void aHostThatIsCutOffInAMigrationKeepsItsTenantDownUntilItIsTurnedBack() throws Exception {
    new Apps(world.calls()).use(world.tenant("cut"), "unrehearsed");
    TenantFacts before = TenantFacts.of(world.tenant("cut"));
    Map<String, Unit> units = units("cut");
    String upgrade =
        world.calls().startUpgrade("cut", "{\"target_version\":\"v0.4.0-migration-hangs\"}");
    Eventually.within(
        SOON, "the migration runs", () -> world.host().run("pgrep", "-f", HANGS).succeeded());

    world.host().cutPower();
    world.host().boot();

    assertThat(world.mustScript("systemctl show -P ActiveState cut-api cut-frontend").strip())
        .as("enabled, but guarded")
        .isEqualTo("inactive\n\ninactive");
    assertThat(world.mustScript("journalctl -b -o cat UNIT=cut-api.service"))
        .contains("Starting requested but asserts failed");
    assertThat(world.mustScript("systemctl is-active acme-api").strip()).isEqualTo("active");
    world.startWorker();
    JsonNode report = awaitReport(upgrade);

    assertThat(report.path("status").asText()).as("%s", report).isEqualTo("rolled_back");
    assertThat(report.path("fingerprints").path("equal").asBoolean()).isTrue();
    requireAsBefore("cut", before, units);
  }

  @Test
  void aHostThatIsCutOffWhileItLooksAtTheNewReleaseKeepsItBecauseItIsHealthy() throws Exception {
    new Apps(world.calls()).use(world.tenant("kept"), "careful");
    Map<String, Unit> units = units("kept");
    String upgrade = world.calls().startUpgrade("kept", "{\"target_version\":\"v0.3.0\"}");
    awaitBegun("kept", "CHECK_HEALTH", "forward");

    world.host().cutPower();
    world.host().boot();
    world.startWorker();
    JsonNode report = awaitReport(upgrade);

    assertThat(report.path("status").asText()).as("%s", report).isEqualTo("success");
    assertThat(world.health("kept").path("version").asText()).isEqualTo("v0.3.0");
    assertThat(states(units("kept"))).isEqualTo(states(units));
    assertThat(world.isGuarded("kept-api")).isFalse();
    assertThat(world.openJournal("kept")).isEmpty();
  }

  @Test
  void aHostThatIsRestartedInAMigrationTurnsItsTenantBackWhenItIsUpAgain() throws Exception {
    new Apps(world.calls()).use(world.tenant("shut"), "unrehearsed");
    TenantFacts before = TenantFacts.of(world.tenant("shut"));
    Map<String, Unit> units = units("shut");
    String upgrade = world.calls().startUpgrade("shut", "{\"target_version\":\"v0.4.0-slow\"}");
    Eventually.within(
        SOON, "the migration runs", () -> world.host().run("pgrep", "-f", SLOW).succeeded());

    world.host().reboot();

    assertThat(world.openJournal("shut")).noneMatch(line -> line.contains("\"HELD\""));
    assertThat(world.mustScript("systemctl is-active shut-api || true").strip())
        .as("enabled, but guarded")
        .isEqualTo("inactive");
    world.startWorker();
    JsonNode report = awaitReport(upgrade);

    assertThat(report.path("status").asText()).as("%s", report).isEqualTo("rolled_back");
    assertThat(report.path("fingerprints").path("equal").asBoolean()).isTrue();
    requireAsBefore("shut", before, units);
  }

  @Test
  void aHostThatIsRestartedWhileItLooksAtTheNewReleaseKeepsItBecauseItIsHealthy() throws Exception {
    new Apps(world.calls()).use(world.tenant("seen"), "careful");
    Map<String, Unit> units = units("seen");
    String upgrade = world.calls().startUpgrade("seen", "{\"target_version\":\"v0.3.0\"}");
    awaitBegun("seen", "CHECK_HEALTH", "forward");

    world.host().reboot();

    assertThat(world.openJournal("seen"))
        .noneMatch(line -> line.contains("\"BACK\"") || line.contains("\"HELD\""));
    world.startWorker();
    JsonNode report = awaitReport(upgrade);

    assertThat(report.path("status").asText()).as("%s", report).isEqualTo("success");
    assertThat(world.health("seen").path("version").asText()).isEqualTo("v0.3.0");
    assertThat(states(units("seen"))).isEqualTo(states(units));
    assertThat(world.isGuarded("seen-api")).isFalse();
    assertThat(world.openJournal("seen")).isEmpty();
  }

  @Test
  void aUnitThatWaitsToBeStartedAgainIsUpAfterwards() throws Exception {
    new Apps(world.calls()).use(world.tenant("limp"), "unrehearsed");
    TenantFacts before = TenantFacts.of(world.tenant("limp"));
    Map<String, Unit> units = units("limp");
    world
        .host()
        .write(
            "/etc/systemd/system/limp-frontend.service.d/slowly.conf",
            "[Service]\nRestartSec=10min\n");
    world.mustScript("systemctl daemon-reload; systemctl kill -s KILL limp-frontend");
    Eventually.within(
        SOON,
        "it waits",
        () ->
            world
                .mustScript("systemctl show -P SubState limp-frontend")
                .strip()
                .equals("auto-restart"));
    String forced =
        "{\"target_version\":\"v0.4.0-migration-raises\",\"force\":true,\"reason\":\"a test\"}";

    JsonNode report = world.calls().upgrade("limp", forced).report();

    assertThat(report.path("status").asText()).as("%s", report).isEqualTo("rolled_back");
    assertThat(report.path("warnings").toString()).doesNotContain("is down");
    requireAsBefore("limp", before, units);
  }

  @Test
  void anOldReleaseThatCannotServeYetIsStartedAgainUntilItCan() throws Exception {
    needs("late", LATE_NEEDS);
    new Apps(world.calls()).use(world.tenant("late"), "unrehearsed");
    TenantFacts before = TenantFacts.of(world.tenant("late"));
    Map<String, Unit> units = units("late");
    world.mustScript("rm " + LATE_NEEDS);

    String upgrade =
        world.calls().startUpgrade("late", "{\"target_version\":\"v0.4.0-migration-raises\"}");
    awaitBegun("late", "CHECK_HEALTH", "back");
    Eventually.within(
        SOON, "it died more than once", () -> times("late-api", "there is no redis") > 1);
    assertThat(world.isGuarded("late-api")).isFalse();
    world.mustScript("touch " + LATE_NEEDS);
    JsonNode report = awaitReport(upgrade);

    assertThat(report.path("status").asText()).as("%s", report).isEqualTo("rolled_back");
    requireAsBefore("late", before, units);
  }

  @Test
  void anOldReleaseThatNeverServedIsHeldButComesUpByItselfWhenItCan() throws Exception {
    needs("lost", LOST_NEEDS);
    new Apps(world.calls()).use(world.tenant("lost"), "impatient");
    TenantFacts before = TenantFacts.of(world.tenant("lost"));
    world.mustScript("rm " + LOST_NEEDS);

    JsonNode report = world.upgrade("lost", "v0.4.0-migration-raises");

    assertThat(report.path("status").asText()).as("%s", report).isEqualTo("needs_attention");
    assertThat(report.path("runbook").toString()).contains("may be up meanwhile");
    assertThat(world.isGuarded("lost-api")).isFalse();
    world.mustScript("touch " + LOST_NEEDS);
    Eventually.within(SOON, "systemd started it again", () -> answer("lost").contains("v0.2.0"));
    assertThat(TenantFacts.of(world.tenant("lost"))).isEqualTo(before);
    assertThat(world.calls().upgrade("lost", "{\"target_version\":\"v0.3.0\"}").status())
        .as("still held")
        .isEqualTo(409);
  }

  /** From now on the tenant's API ends at once where that file is not, and is started slowly. */
  private static void needs(String tenant, String file) throws Exception {
    world
        .host()
        .write(
            "/etc/systemd/system/" + tenant + "-api.service.d/needs.conf",
            """
            [Unit]
            StartLimitIntervalSec=0
            [Service]
            ExecStart=
            ExecStart=/bin/sh -c 'test -e %s || { echo there is no redis; exit 1; }; exec venv/bin/python services/api.py'
            RestartSec=3s
            """
                .formatted(file));
    world.mustScript(
        "touch %1$s; systemctl daemon-reload; systemctl restart %2$s-api".formatted(file, tenant));
    Eventually.within(SOON, "it is healthy", () -> !answer(tenant).isEmpty());
  }

  /** Empty as long as there is none. */
  private static String answer(String tenant) throws Exception {
    String url = "http://127.0.0.1:" + world.portOf(tenant) + "/health";
    return world.host().run("curl", "-sf", url).out();
  }

  private static long times(String unit, String text) throws Exception {
    return world
        .mustScript("journalctl -o cat _SYSTEMD_UNIT=" + unit + ".service")
        .lines()
        .filter(line -> line.contains(text))
        .count();
  }

  private static void awaitBegun(String tenant, String step, String direction) throws Exception {
    Eventually.within(
        SOON,
        step + " was begun",
        () ->
            world.openJournal(tenant).stream()
                .filter(line -> line.contains("INTENT"))
                .anyMatch(line -> line.contains(step) && line.contains("\"" + direction + "\"")));
  }

  private static void timeout(JsonNode app, String name, String value) {
    ((ObjectNode) app.get("timeouts")).put(name, value);
  }

  private static JsonNode awaitReport(String location) throws Exception {
    Eventually.within(
        Duration.ofMinutes(4),
        "the upgrade is over",
        () ->
            world.calls().get(location).report().path("status").asText().matches("s.*|r.*_.*|n.*"));
    return world.calls().get(location).report();
  }

  private static void requireTurnedBack(
      String tag, String app, String step, String kind, String evidence) throws Exception {
    new Apps(world.calls()).use(world.tenant("acme"), app);
    TenantFacts before = TenantFacts.of(world.tenant("acme"));
    Map<String, Unit> units = units("acme");

    JsonNode report = world.upgrade("acme", tag);

    assertThat(report.path("status").asText()).as("%s", report).isEqualTo("rolled_back");
    JsonNode failure = report.path("failure");
    assertThat(failure.path("step").asText()).as("%s", failure).isEqualTo(step);
    assertThat(failure.path("kind").asText()).as("%s", failure).isEqualTo(kind);
    assertThat(failure.path("message").asText() + failure.path("evidence").asText())
        .contains(evidence);
    assertThat(failure.path("advice").asText()).isNotBlank();
    assertThat(report.path("fingerprints").path("equal").asBoolean()).isTrue();
    requireAsBefore("acme", before, units);
  }

  private static void requireAsBefore(String tenant, TenantFacts before, Map<String, Unit> units)
      throws Exception {
    assertThat(TenantFacts.of(world.tenant(tenant))).isEqualTo(before);
    assertThat(states(units(tenant))).isEqualTo(states(units));
    assertThat(world.health(tenant).path("version").asText()).isEqualTo("v0.2.0");
    assertThat(world.isGuarded(tenant + "-api")).isFalse();
    assertThat(world.isGuarded(tenant + "-frontend")).isFalse();
    assertThat(world.openJournal(tenant)).isEmpty();
  }

  /** What systemd says of a unit. */
  private record Unit(String activeState, String enabled, long mainPid) {
    String state() {
      return activeState + ", " + enabled + ", " + (mainPid == 0 ? "no process" : "a process");
    }
  }

  private static Map<String, Unit> units(String tenant) throws Exception {
    Map<String, Unit> units = new TreeMap<>();
    for (String unit : List.of(tenant + "-api", tenant + "-frontend")) {
      String[] values =
          world
              .mustScript(
                  "for p in ActiveState UnitFileState MainPID; do systemctl show -P $p "
                      + unit
                      + "; done")
              .split("\n");
      units.put(unit, new Unit(values[0], values[1], Long.parseLong(values[2])));
    }
    return units;
  }

  private static Map<String, String> states(Map<String, Unit> units) {
    Map<String, String> states = new TreeMap<>();
    units.forEach((name, unit) -> states.put(name, unit.state()));
    return states;
  }
}
