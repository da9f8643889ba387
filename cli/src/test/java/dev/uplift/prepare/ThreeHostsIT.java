package dev.uplift.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.sandbox.engine.TemporalBinary;
import dev.uplift.testhost.CommandOutput;
import dev.uplift.testhost.TestHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Forty tenants on three machines that know nothing of Uplift, taken over with the commands of
 * docs/install.md and no others.
 */
@Tag("full")
class ThreeHostsIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path INSTALL = Path.of("..", "docs", "install.md");
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String ENGINE = "temporal.example.org:7233";

  /** Which the test's engine does not speak. */
  private static final String TLS =
      " --engine-ca ca.pem --engine-cert uplift.pem --engine-key uplift.key";

  /** A release whose migration takes long, and fails where it has been before. */
  private static final Map<String, String> SLOW =
      Map.of(
          "VERSION",
          "v0.3.1\n",
          "scripts/keep_score.py",
          """
          import os
          import time

          from _database import opened

          with opened() as connection:
              connection.execute("CREATE TABLE score_run (pid INTEGER, ended INTEGER)")
              connection.execute("INSERT INTO score_run VALUES (?, 0)", (os.getpid(),))
              time.sleep(20)
              connection.execute("UPDATE score_run SET ended = 1")
          """,
          "uplift.yml",
          """
          migrations:
            run: [venv/bin/python, "{script}"]
            scripts:
              - scripts/create_schema.py
              - scripts/create_default_users.py
              - scripts/add_person_columns.py
              - scripts/migrate_add_import_metadata.py
              - scripts/add_person_indexes.py
              - scripts/add_segment_tables.py
              - scripts/keep_score.py
          """);

  /** The tenants of each machine, how they are owned, and where they are. */
  private enum Machine {
    WEB_1("web-1", "ops", "/srv", 14),
    WEB_2("web-2", "web", "/data/tenants", 13),
    WEB_3("web-3", "apps", "/home/apps/sites", 13);

    final String machine;
    final String owner;
    final String root;
    final List<String> tenants;

    Machine(String machine, String owner, String root, int count) {
      this.machine = machine;
      this.owner = owner;
      this.root = root;
      this.tenants =
          IntStream.rangeClosed(1, count)
              .mapToObj(number -> "site-" + machine.substring(4) + number)
              .toList();
    }
  }

  @TempDir private Path directory;

  @Test
  void fortyTenantsAreTakenOverUntouchedAndOneOfEachHostIsUpgraded() throws Exception {
    Optional<Path> temporal = TemporalBinary.ofThisMachine().find();
    assumeTrue(temporal.isPresent(), "There is no temporal program (uplift engine install).");
    try (OldHosts old = OldHosts.orSkip(directory)) {
      Map<Machine, TestHost> hosts = new LinkedHashMap<>();
      for (Machine machine : Machine.values()) {
        TestHost host = old.boot(machine.machine);
        old.install(
            host, machine.owner, machine.root, 8100, machine.tenants.toArray(String[]::new));
        hosts.put(machine, host);
      }
      Map<Machine, String> before = processes(hosts);
      startEngine(old, temporal.get());

      List<String> first = commands("## The first machine");
      assertThat(first)
          .as("from a clean machine to an upgraded tenant")
          .hasSizeLessThanOrEqualTo(10);
      JsonNode upgraded = JSON.readTree(run(hosts, Machine.WEB_1, first));
      assertThat(upgraded.path("status").asText()).as(upgraded.toString()).isEqualTo("success");
      assertThat(upgraded.path("new_version").asText()).isEqualTo("v0.3.0");
      assertThat(upgraded.path("tenant").asText()).isEqualTo(Machine.WEB_1.tenants.get(0));

      List<String> other = commands("## Every other machine");
      for (Machine machine : List.of(Machine.WEB_2, Machine.WEB_3)) {
        run(hosts, machine, other);
        hosts
            .get(Machine.WEB_1)
            .write("/root/web-2.yml", hosts.get(machine).read("/root/web-2.yml"));
        operator(hosts, "uplift apply web-2.yml");
      }
      // Of two hosts the workers are asked for the first time; whoever is late is not ready.
      String checked =
          operator(hosts, "uplift check --all >/dev/null || sleep 5; uplift check --all");
      for (Machine machine : Machine.values()) {
        assertThat(machine.tenants).allMatch(checked::contains);
      }
      JsonNode tenants = JSON.readTree(operator(hosts, get("/api/tenants"))).path("tenants");
      assertThat(tenants).hasSize(40);

      for (Machine machine : List.of(Machine.WEB_2, Machine.WEB_3)) {
        String tenant = machine.tenants.get(0);
        JsonNode report =
            JSON.readTree(operator(hosts, post("/api/tenants/" + tenant + "/upgrade")));
        assertThat(report.path("status").asText()).as(report.toString()).isEqualTo("success");
      }

      Map<Machine, String> after = processes(hosts);
      for (Machine machine : Machine.values()) {
        assertThat(others(after.get(machine), machine))
            .as("the others on " + machine.machine + " are the processes that they were")
            .isEqualTo(others(before.get(machine), machine));
        String tenant = machine.root + "/" + machine.tenants.get(0);
        TestHost host = hosts.get(machine);
        assertThat(host.mustRunAs(machine.owner, "git", "-C", tenant, "describe", "--tags").strip())
            .isEqualTo("v0.3.0");
        assertThat(host.mustRun("find", tenant, "!", "-user", machine.owner))
            .as("everything still belongs to its owner")
            .isEmpty();
      }

      assertThatARestartOfTheWorkerKillsNoMigration(old, hosts);
    }
  }

  private static void assertThatARestartOfTheWorkerKillsNoMigration(
      OldHosts old, Map<Machine, TestHost> hosts) throws Exception {
    Machine machine = Machine.WEB_1;
    TestHost host = hosts.get(machine);
    String tenant = machine.tenants.get(1);
    old.addRelease("v0.3.1", "v0.3.0", SLOW);
    String worker = mainProcess(host);

    CompletableFuture<String> upgrade =
        CompletableFuture.supplyAsync(
            () -> inBackground(hosts, post("/api/tenants/" + tenant + "/upgrade")));
    // In its rehearsal it runs while the tenant serves.
    String migration =
        host.mustScript(
                "timeout 240 sh -c 'while systemctl is-active -q %s-api || ! pgrep -f \"python[^ ]* [^ ]*[k]eep_score.py$\"; do sleep 0.1; done'"
                    .formatted(tenant))
            .strip();
    host.run(PATIENCE, "systemctl", "restart", "uplift-worker");

    JsonNode report = JSON.readTree(upgrade.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    assertThat(report.path("status").asText()).as(report.toString()).isEqualTo("success");
    assertThat(mainProcess(host)).as("the worker was replaced").isNotEqualTo(worker);
    assertThat(
            host.mustScript(
                    "python3 -c \"import sqlite3; print(sqlite3.connect('%s/%s/db/pocket.db').execute('select pid, ended from score_run').fetchall())\""
                        .formatted(machine.root, tenant))
                .strip())
        .as("the migration ran once, to its end, in the process that was there at the restart")
        .isEqualTo("[(" + migration + ", 1)]");
  }

  private static String mainProcess(TestHost host) throws InterruptedException {
    return host.mustRun("systemctl", "show", "-P", "MainPID", "uplift-worker").strip();
  }

  private static String inBackground(Map<Machine, TestHost> hosts, String command) {
    try {
      return operator(hosts, command);
    } catch (InterruptedException e) {
      throw new CompletionException(e);
    }
  }

  /** The commands in the first block below a heading. */
  private static List<String> commands(String heading) throws Exception {
    String text = Files.readString(INSTALL);
    String below = text.substring(text.indexOf(heading + "\n"));
    int block = below.indexOf("```sh\n") + "```sh\n".length();
    return below.substring(block, below.indexOf("```", block)).lines().toList();
  }

  /**
   * Runs the commands as they are written, but for what is different on this machine.
   *
   * @return what the last one printed
   */
  private static String run(Map<Machine, TestHost> hosts, Machine machine, List<String> commands)
      throws InterruptedException {
    List<String> here = new ArrayList<>();
    for (String command : commands) {
      if (command.startsWith("apt-get install -y ")) {
        // They are there already, and there is no network to get them from.
        here.add("dpkg -s " + command.substring("apt-get install -y ".length()) + " >/dev/null");
      } else {
        here.add(
            command
                .replace(ENGINE + TLS, ENGINE + " --insecure")
                .replace("/srv", machine.root)
                .replace("/acme/", "/" + machine.tenants.get(0) + "/"));
      }
    }
    here.add(here.size() - 1, "echo ---");
    here.add(0, "cd /root");
    CommandOutput output =
        hosts
            .get(machine)
            .run(PATIENCE, "bash", "-euxo", "pipefail", "-c", String.join("\n", here));
    assertThat(output).as(machine.machine).matches(CommandOutput::succeeded);
    return output.out().substring(output.out().lastIndexOf("---\n") + 4);
  }

  /** Runs a command on the first machine, with a token of its own. */
  private static String operator(Map<Machine, TestHost> hosts, String command)
      throws InterruptedException {
    String token =
        "export UPLIFT_TOKEN=$(runuser -u uplift-api -- uplift token create test-$RANDOM$RANDOM"
            + " --scope admin --config /etc/uplift/uplift-api.yml)\ncd /root\n";
    return hosts.get(Machine.WEB_1).mustScript(token + command);
  }

  private static String get(String path) {
    return "curl -sS -H \"Authorization: Bearer $UPLIFT_TOKEN\" http://localhost:32201" + path;
  }

  private static String post(String path) {
    return get(path) + " -X POST";
  }

  /** Unit and main process of every service of a tenant. */
  private static Map<Machine, String> processes(Map<Machine, TestHost> hosts)
      throws InterruptedException {
    Map<Machine, String> processes = new LinkedHashMap<>();
    for (Map.Entry<Machine, TestHost> host : hosts.entrySet()) {
      processes.put(
          host.getKey(),
          host.getValue()
              .mustScript(
                  "for unit in $(systemctl list-units --plain --no-legend 'site-*.service'"
                      + " | cut -d' ' -f1); do"
                      + " echo $unit $(systemctl show -P MainPID -P NRestarts $unit); done"));
    }
    return processes;
  }

  private static List<String> others(String processes, Machine machine) {
    List<String> others =
        processes.lines().filter(line -> !line.startsWith(machine.tenants.get(0) + "-")).toList();
    assertThat(others).hasSize(2 * (machine.tenants.size() - 1));
    return others;
  }

  /** A machine of its own, with the name that it has in the documentation. */
  private static void startEngine(OldHosts old, Path temporal) throws InterruptedException {
    TestHost host =
        old.network()
            .add(ENGINE.substring(0, ENGINE.indexOf(':')))
            .bindReadOnly(temporal, "/usr/local/bin/temporal")
            .boot();
    host.mustScript(
        "systemd-run --unit=temporal /usr/local/bin/temporal server start-dev --headless"
            + " --ip 0.0.0.0 --log-level error\n"
            + "timeout 60 sh -c 'until temporal operator cluster health --address 127.0.0.1:7233 >/dev/null 2>&1;"
            + " do sleep 0.2; done'");
  }
}
