package dev.uplift.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.bench.Fleet.Seen;
import dev.uplift.host.HostPaths;
import dev.uplift.sandbox.Sandbox;
import dev.uplift.sandbox.SandboxBuilder;
import dev.uplift.sandbox.SandboxException;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.SeedProcedure;
import dev.uplift.scenario.Calls;
import dev.uplift.scenario.World;
import dev.uplift.scenario.World.CommandOutput;
import dev.uplift.scenario.World.EngineKind;
import dev.uplift.service.UnitName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Twenty real tenants, upgraded as people do it today and by Uplift: how long it takes, how long
 * tenants are down, and what is left when the third tenant's migration fails. Each way has tenants
 * of its own, all alike. What is measured is a line in {@code -Dcomparison.file}.
 */
@Tag("scale")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class ComparisonIT {
  private static final int TENANTS = Integer.getInteger("comparison.tenants", 20);
  private static final String TARGET = "v0.3.0";
  private static final String ANSIBLE = "ansible-core==2.15.13";
  private static final Path FILE =
      Path.of(System.getProperty("comparison.file", "target/comparison.tsv"));
  @TempDir Path directory;

  private enum Procedure {
    SHELL_SCRIPT("the guide's steps as a shell script, one tenant after the other"),
    ANSIBLE_PLAYBOOK("the same steps as an Ansible playbook, serial 4, max_fail_percentage 0"),
    CURL_LOOP("the curl loop against Uplift's API"),
    ROLLOUT("one Uplift rollout, four at once");

    private final String what;

    Procedure(String what) {
      this.what = what;
    }
  }

  @ParameterizedTest
  @EnumSource(Procedure.class)
  void allTenantsAreFine(Procedure procedure) throws Exception {
    measure(procedure, false);
  }

  @ParameterizedTest
  @EnumSource(Procedure.class)
  void theMigrationOfTheThirdTenantFails(Procedure procedure) throws Exception {
    measure(procedure, true);
  }

  private void measure(Procedure procedure, boolean poisoned) throws Exception {
    switch (procedure) {
      case SHELL_SCRIPT -> {
        try (Sandbox sandbox = described(Sandbox.in(directory.resolve("sandbox"))).start()) {
          tell(procedure, poisoned, sandbox, () -> byScript(sandbox));
        }
      }
      case ANSIBLE_PLAYBOOK -> {
        Path playbook = installAnsible();
        try (Sandbox sandbox = described(Sandbox.in(directory.resolve("sandbox"))).start()) {
          tell(procedure, poisoned, sandbox, () -> byPlaybook(sandbox, playbook));
        }
      }
      case CURL_LOOP -> {
        try (World world = world()) {
          tell(procedure, poisoned, world.sandbox(), () -> byLoop(world));
        }
      }
      case ROLLOUT -> {
        try (World world = world()) {
          tell(procedure, poisoned, world.sandbox(), () -> byRollout(world, poisoned));
        }
      }
    }
  }

  private static SandboxBuilder described(SandboxBuilder sandbox) {
    return sandbox.tenants(TENANTS).rows(1_000).modulesPerWheel(200).timeout("health_window", "1s");
  }

  private World world() throws Exception {
    assumeTrue(EngineKind.DEV_SERVER.isAvailable(), "there is no temporal program here");
    return World.start(directory.resolve("world"), EngineKind.DEV_SERVER, ComparisonIT::described);
  }

  private static void tell(Procedure procedure, boolean poisoned, Sandbox sandbox, Fleet.Way way)
      throws Exception {
    Fleet fleet = new Fleet(sandbox, TARGET);
    if (poisoned) {
      fleet.poisonTheThird();
    }
    Seen seen = fleet.watch(way);
    Map<String, Integer> left = fleet.left();
    String line =
        String.format(
            Locale.ROOT,
            "%s\t%s\t%.0f\t%.1f\t%s%n",
            procedure.what,
            poisoned ? "the third fails" : "all are fine",
            seen.took().toMillis() / 1e3,
            seen.downtime().toMillis() / 1e3,
            left.entrySet().stream()
                .map(state -> state.getValue() + " " + state.getKey())
                .collect(Collectors.joining("; ")));
    Files.writeString(FILE, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    System.out.print("comparison: " + line);
    if (!poisoned) {
      assertThat(left).as(procedure.what).isEqualTo(Map.of("serves, new release", TENANTS));
    } else if (procedure == Procedure.CURL_LOOP || procedure == Procedure.ROLLOUT) {
      assertThat(left.keySet()).isSubsetOf("serves, new release", "serves, old release");
    }
  }

  /** A loop that goes on whatever fails, as shell loops do. */
  private static void byScript(Sandbox sandbox) {
    SeedProcedure procedure = new SeedProcedure(sandbox);
    for (SandboxTenant tenant : sandbox.tenants()) {
      try {
        procedure.upgrade(tenant, TARGET);
      } catch (SandboxException failed) {
        System.out.println(tenant.id() + " failed");
      }
    }
  }

  private Path installAnsible() throws Exception {
    Path environment = directory.resolve("ansible");
    run(Map.of(), "python3", "-m", "venv", environment.toString());
    run(
        Map.of(),
        environment.resolve("bin/pip").toString(),
        "install",
        "--quiet",
        "--disable-pip-version-check",
        ANSIBLE);
    return environment.resolve("bin/ansible-playbook");
  }

  private void byPlaybook(Sandbox sandbox, Path ansible) throws Exception {
    Path playbook = directory.resolve("playbook.yml");
    try (InputStream content = ComparisonIT.class.getResourceAsStream("seed-playbook.yml")) {
      Files.copy(content, playbook, StandardCopyOption.REPLACE_EXISTING);
    }
    StringBuilder inventory = new StringBuilder("[tenants]\n");
    sandbox.tenants().forEach(tenant -> inventory.append(hostLine(sandbox, tenant)));
    Path hosts = directory.resolve("inventory.ini");
    Files.writeString(hosts, inventory);
    Process process =
        start(
            sandbox.workerEnvironment(),
            ansible.toString(),
            "-i",
            hosts.toString(),
            "-e",
            "target=" + TARGET,
            playbook.toString());
    process.waitFor();
  }

  private static String hostLine(Sandbox sandbox, SandboxTenant tenant) {
    return "%s ansible_connection=local ansible_python_interpreter=/usr/bin/python3 checkout=%s"
            .formatted(tenant.id(), tenant.path())
        + " services=%s api_unit=%s frontend_unit=%s api_pid=%d frontend_pid=%d"
            .formatted(
                new HostPaths(sandbox.state()).processes(),
                tenant.apiUnit(),
                tenant.frontendUnit(),
                pid(sandbox, tenant.apiUnit()),
                pid(sandbox, tenant.frontendUnit()))
        + " api_port=%d frontend_port=%d%n".formatted(tenant.apiPort(), tenant.frontendPort());
  }

  private static long pid(Sandbox sandbox, UnitName unit) {
    return sandbox.services().state(unit).mainPid().orElseThrow();
  }

  private static void byLoop(World world) throws Exception {
    for (SandboxTenant tenant : world.sandbox().tenants()) {
      Calls.Answer answer =
          world.calls().upgrade(tenant.id().value(), "{\"target_version\":\"" + TARGET + "\"}");
      if (answer.status() != 200) {
        System.out.println(tenant.id() + ": " + answer.status());
      }
    }
  }

  private static void byRollout(World world, boolean poisoned) throws Exception {
    CommandOutput told =
        world.uplift("rollout", "start", "--to", TARGET, "--max-per-host", "4", "--watch");
    System.out.println(told.text());
    // A refused tenant of the last wave halts nothing: the others do not depend on it.
    assertThat(told.exitCode()).as(told.text()).isEqualTo(poisoned ? 3 : 0);
  }

  private void run(Map<String, String> environment, String... command) throws Exception {
    assertThat(start(environment, command).waitFor()).as(List.of(command).toString()).isZero();
  }

  private Process start(Map<String, String> environment, String... command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve("output.log").toFile()));
    builder.environment().putAll(environment);
    builder.environment().put("LC_ALL", "C.UTF-8");
    return builder.start();
  }
}
