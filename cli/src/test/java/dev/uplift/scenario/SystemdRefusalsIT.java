package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What cannot be upgraded is refused while it serves, with the remedy: units that are not there,
 * not guarded, not ours, or not alone; and tenants that are not where or whose they should be.
 */
@Tag("full")
@Timeout(600)
class SystemdRefusalsIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String GUARD = "/etc/systemd/system/acme-.service.d/50-uplift-guard.conf";

  @TempDir static Path directory;
  private static SystemdWorld world;
  private static String processes;
  private static TenantFacts facts;

  @BeforeAll
  static void startWorld() throws Exception {
    world = SystemdWorld.start(directory, List.of("acme"));
    world.mustScript("install -d -o ops /srv/ghost /opt/stray; install -d /srv/foreign");
    world.mustScript("ln -s acme /srv/link");
    register("ghost", "cbapp", "/srv/ghost", 20_000);
    register("stray", "cbapp", "/opt/stray", 20_010);
    register("foreign", "cbapp", "/srv/foreign", 20_020);
    register("link", "cbapp", "/srv/link", 20_030);
    processes = mainProcesses();
    facts = TenantFacts.of(world.tenant("acme"));
  }

  @AfterAll
  static void endWorld() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  void aUnitThatIsNotThere() throws Exception {
    requireRefused(
        "ghost", "unit_missing", "There is no unit ghost-api.service", "Define it in /etc");
  }

  @Test
  void aUnitThatIsMasked() throws Exception {
    world.mustScript("systemctl mask ghost-api.service");
    try {
      requireRefused("ghost", "unit_missing", "masked", "systemctl unmask ghost-api.service");
    } finally {
      world.mustScript("systemctl unmask ghost-api.service");
    }
  }

  @Test
  void aUnitThatTheWorkerMayNotTouch() throws Exception {
    new Apps(world.calls())
        .addVariant("greedy", app -> ((ArrayNode) app.get("services")).add("{slug}-worker"));
    register("acme", "greedy", "/srv/acme", world.portOf("acme"));
    try {
      requireRefused("acme", "unit_missing", "may not touch the unit acme-worker", "host.units");
    } finally {
      register("acme", "cbapp", "/srv/acme", world.portOf("acme"));
    }
  }

  @Test
  void aUnitWithoutAGuard() throws Exception {
    String guard = world.host().read(GUARD);
    world.mustScript("rm " + GUARD + "; systemctl daemon-reload");
    try {
      requireRefused("acme", "host_unprepared", "Nothing would keep acme-api", "host prepare");
      world.host().write(GUARD, guard.replace("/var/lib/uplift", "/var/lib/other"));
      world.mustScript("systemctl daemon-reload");
      requireRefused("acme", "host_unprepared", "not in the state directory", "host prepare");
    } finally {
      world.host().write(GUARD, guard);
      world.mustScript("systemctl daemon-reload");
    }
  }

  @Test
  void aUnitThatWasChangedAndNotReadAgain() throws Exception {
    world.mustScript("echo '# changed' >>/etc/systemd/system/acme-frontend.service");
    try {
      requireRefused("acme", "host_unprepared", "acme-frontend", "systemctl daemon-reload");
    } finally {
      world.mustScript("systemctl daemon-reload");
    }
  }

  @Test
  void aUnitOfAnotherUser() throws Exception {
    Path dropIn = Path.of("/etc/systemd/system/acme-api.service.d/user.conf");
    world.host().write(dropIn.toString(), "[Service]\nUser=nobody\n");
    world.mustScript("systemctl daemon-reload");
    try {
      requireRefused("acme", "wrong_owner", "acme-api.service runs as another user", "owner");
    } finally {
      world.mustScript("rm -r " + dropIn.getParent() + "; systemctl daemon-reload");
    }
  }

  @Test
  void aUnitThatSomethingElseStartsAgain() throws Exception {
    world
        .host()
        .write("/etc/systemd/system/acme-api.path", "[Path]\nPathExists=/srv/acme/start-it\n");
    world.mustScript("systemctl daemon-reload; systemctl start acme-api.path");
    try {
      requireRefused("acme", "profile_invalid", "acme-api.path", "disable acme-api.path");
    } finally {
      world.mustScript("systemctl stop acme-api.path");
    }
  }

  @Test
  void aUnitWhoseStopWouldReachFurtherThanTheTenant() throws Exception {
    world.writeUnit(
        "acme-report",
        "[Unit]\nRequires=acme-api.service\n[Service]\nExecStart=/usr/bin/sleep infinity\n");
    world.mustScript("systemctl daemon-reload; systemctl start acme-report");
    try {
      requireRefused("acme", "profile_invalid", "acme-report.service", "Wants=");
    } finally {
      world.mustScript("systemctl stop acme-report");
    }
  }

  @Test
  void aUnitWhoseStopWouldStopOneThatOnlyRequiresItToRun() throws Exception {
    world.writeUnit(
        "acme-req",
        "[Unit]\nRequisite=acme-api.service\nAfter=acme-api.service\n"
            + "[Service]\nExecStart=/usr/bin/sleep infinity\n");
    world.mustScript("systemctl daemon-reload; systemctl start acme-req");
    try {
      requireRefused("acme", "profile_invalid", "acme-req.service", "Wants=");
    } finally {
      world.mustScript("systemctl stop acme-req");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RefuseManualStart", "RefuseManualStop"})
  void aUnitThatIsNotStartedOrStoppedOnRequest(String setting) throws Exception {
    Path dropIn = Path.of("/etc/systemd/system/acme-frontend.service.d/request.conf");
    world.host().write(dropIn.toString(), "[Unit]\n" + setting + "=yes\n");
    world.mustScript("systemctl daemon-reload");
    try {
      requireRefused("acme", "profile_invalid", "acme-frontend.service on request", setting + "=");
    } finally {
      world.mustScript("rm -r " + dropIn.getParent() + "; systemctl daemon-reload");
    }
  }

  @Test
  void unitsThatAreDownAndThatPolkitDoesNotLetTheWorkerTouch() throws Exception {
    String guard = "/etc/systemd/system/ghost-.service.d/50-uplift-guard.conf";
    world.host().write(guard, "[Unit]\nAssertPathExists=!/var/lib/uplift/guard/%N\n");
    String unit = "[Service]\nUser=ops\nExecStart=/usr/bin/sleep infinity\n";
    world.writeUnit("ghost-api", unit);
    world.writeUnit("ghost-frontend", unit);
    world.mustScript("systemctl daemon-reload");
    world.mustScript("mv /etc/polkit-1/rules.d/50-uplift.rules /root; systemctl restart polkit");
    try {
      requireRefused("ghost", "host_unprepared", "may not start and stop", "host prepare");
    } finally {
      world.mustScript("mv /root/50-uplift.rules /etc/polkit-1/rules.d; systemctl restart polkit");
      world.mustScript(
          "rm "
              + guard
              + " /etc/systemd/system/ghost-{api,frontend}.service; systemctl daemon-reload");
    }
  }

  @Test
  void unitsThatPolkitDoesNotLetTheWorkerTouch() throws Exception {
    world.mustScript("mv /etc/polkit-1/rules.d/50-uplift.rules /root; systemctl restart polkit");
    try {
      requireRefused("acme", "host_unprepared", "may not start and stop", "host prepare");
    } finally {
      world.mustScript("mv /root/50-uplift.rules /etc/polkit-1/rules.d; systemctl restart polkit");
    }
  }

  @Test
  void aCheckoutOrADatabaseOfAnotherUser() throws Exception {
    requireRefused("foreign", "wrong_owner", "belongs to another user", "a host name of its own");

    for (String file : List.of("/srv/acme/db/pocket.db", "/srv/acme/services")) {
      world.mustScript("chown root " + file);
      try {
        requireRefused("acme", "wrong_owner", "another user", "chown -R --no-dereference ops");
      } finally {
        world.mustScript("chown ops " + file);
      }
    }
  }

  @Test
  void aPathOutsideOfTheRootsOrThroughALink() throws Exception {
    requireRefused("stray", "wrong_host", "not a directory below a root", "host.roots");
    requireRefused("link", "wrong_host", "symbolic link", "/srv/acme");
  }

  private static void requireRefused(String tenant, String kind, String message, String advice)
      throws Exception {
    Calls.Answer answer = world.calls().upgrade(tenant, "{\"target_version\":\"v0.3.0\"}");

    assertThat(answer.status()).as("%s", answer).isEqualTo(422);
    assertThat(answer.body().path("detail").asText()).contains(message);
    JsonNode report = answer.report();
    assertThat(report.path("status").asText()).as("%s", report).isEqualTo("rejected");
    JsonNode failure = report.path("failure");
    assertThat(failure.path("kind").asText()).as("%s", failure).isEqualTo(kind);
    assertThat(failure.path("message").asText()).contains(message);
    assertThat(failure.path("advice").asText()).contains(advice);
    assertThat(mainProcesses()).as("nothing was touched").isEqualTo(processes);
    assertThat(TenantFacts.of(world.tenant("acme"))).isEqualTo(facts);
    assertThat(world.isGuarded(tenant + "-api")).isFalse();
    assertThat(world.openJournal(tenant)).isEmpty();
    assertThat(world.health("acme").path("version").asText()).isEqualTo("v0.2.0");
  }

  private static String mainProcesses() throws Exception {
    return world.mustScript("systemctl show -P MainPID acme-api acme-frontend");
  }

  private static void register(String id, String app, String path, int port) throws Exception {
    JsonNode tenant =
        JSON.readTree(
            """
            {"app": "%s", "host": "web-1", "path": "%s",
             "ports": {"api": %d, "frontend": %d, "metrics": %d}}
            """
                .formatted(app, path, port, port + 1, port + 2));
    Calls.Answer put = world.calls().put("/api/tenants/" + id, tenant);
    assertThat(put.status()).as("%s", put).isIn(200, 201);
  }
}
