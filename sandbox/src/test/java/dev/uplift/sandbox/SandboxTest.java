package dev.uplift.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.FleetFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxTest {
  @TempDir static Path temporary;
  static Sandbox sandbox;

  @BeforeAll
  static void startSandbox() {
    sandbox =
        Sandbox.in(temporary.resolve("a sandbox"))
            .tenants(3)
            .rows(40)
            .timeout("health_window", "1s")
            .deletedWhenClosed()
            .start();
  }

  @AfterAll
  static void closingLeavesNothingBehind() throws IOException {
    if (sandbox == null) {
      return;
    }
    // The seed's procedure started some of them behind the service manager's back.
    long served = processesOf(sandbox);
    sandbox.close();
    assertThat(served).isEqualTo(6);
    assertThat(processesOf(sandbox)).isZero();
    assertThat(sandbox.directory()).doesNotExist();
  }

  @Test
  void everyTenantServesItsOwnPeople() throws IOException {
    for (SandboxTenant tenant : sandbox.tenants()) {
      try (TenantClient client = new TenantClient(tenant)) {
        Map<Long, String> people = client.people();
        assertThat(people).hasSize(40);
        assertThat(people.values()).allMatch(name -> name.endsWith(" of " + tenant.id()));
      }
      Eventually.holds(() -> new Probe(tenant.frontend()).isGood());
    }
  }

  @Test
  void aCheckoutIsAnOrdinaryCloneThatKnowsNothingOfLaterReleases() {
    Path checkout = sandbox.tenant("acme").path();

    assertThat(git(checkout, "describe", "--tags").strip()).isEqualTo("v0.2.0");
    assertThat(git(checkout, "tag").lines()).containsExactly("v0.1.0", "v0.2.0");
    assertThat(git(checkout, "status", "--porcelain")).isEmpty();
    assertThat(git(checkout, "remote", "get-url", "origin").strip())
        .isEqualTo(sandbox.upstream().url());
    assertThat(git(checkout, "fetch", "--tags", "--quiet")).isEmpty();
    assertThat(git(checkout, "rev-parse", "v0.3.0^{commit}").strip())
        .isEqualTo(sandbox.upstream().commitOf("v0.3.0"));
  }

  @Test
  void pythonAndPipOfACopiedEnvironmentWorkAtItsOwnPlace() {
    for (SandboxTenant tenant : sandbox.tenants()) {
      Path venv = tenant.path().resolve("venv");
      Map<String, String> environment = sandbox.workerEnvironment();
      String python = venv.resolve("bin/python").toString();

      assertThat(venv).isDirectory().matches(path -> !Files.isSymbolicLink(path));
      assertThat(
              Tool.in(venv, environment, python, "-c", "import cb_http; print(cb_http.__file__)")
                  .run())
          .startsWith(venv.toString());
      assertThat(Tool.in(venv, environment, python, "-m", "pip", "check").run())
          .contains("No broken requirements");
      assertThat(Tool.in(venv, environment, venv + "/bin/pip", "--version").run())
          .contains(venv.toString());
    }
  }

  @Test
  void theFleetFileDescribesTheTenants() throws IOException {
    Fleet fleet = FleetFile.read(Files.readString(sandbox.fleetFile()));

    assertThat(fleet.tenants())
        .isEqualTo(sandbox.tenants().stream().map(SandboxTenant::tenant).toList());
    assertThat(fleet.tenants()).extracting("ring").containsExactly("test", "canary", "production");
    AppProfile profile = fleet.apps().get(AppName.of("cbapp"));
    assertThat(profile.upstream().url()).isEqualTo(sandbox.upstream().url());
    assertThat(profile.timeouts().healthWindow()).isEqualTo(Duration.ofSeconds(1));
    assertThat(profile.migrations().scripts()).hasSize(6);
  }

  @Test
  void aDirectoryWithSomethingInItIsRefused() {
    assertThatThrownBy(() -> Sandbox.in(sandbox.directory()).start())
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("not empty");
    Eventually.holds(() -> new Probe(sandbox.tenant("acme").health()).isGood());
  }

  @Test
  void aPollerSeesHowLongTheTenantWasDown() {
    SandboxTenant tenant = sandbox.tenant("acme");
    try (Poller poller = Poller.of(tenant)) {
      Eventually.holds(() -> poller.observationCount() > 20);
      assertThat(poller.outageCount()).isZero();

      long stopping = System.nanoTime();
      sandbox.services().stop(tenant.apiUnit(), Duration.ofSeconds(5));
      long stopped = System.nanoTime();
      Eventually.holds(() -> poller.outageCount() == 1);
      assertThatThrownBy(poller::downtime).hasMessageContaining("is down");
      long starting = System.nanoTime();
      sandbox.services().start(tenant.apiUnit());
      Eventually.holds(() -> new Probe(tenant.health()).isGood());
      Eventually.holds(() -> isUp(poller));
      long answering = System.nanoTime();

      long atMost = answering - stopping + TimeUnit.SECONDS.toNanos(5);
      assertThat(poller.downtime().toNanos()).isBetween(starting - stopped, atMost);
      assertThat(poller.outageCount()).isEqualTo(1);
    }
  }

  @Test
  void aClientFindsOutWhichAcknowledgedPeopleAreMissing() throws Exception {
    SandboxTenant tenant = sandbox.tenant("testsite");
    try (TenantClient client = new TenantClient(tenant)) {
      client.writeEvery(Duration.ofMillis(5));
      Eventually.holds(() -> client.acknowledged().size() >= 5);
      client.close();
      assertThat(client.missing()).isEmpty();
      assertThat(client.refusedCount()).isZero();

      TenantClient.Acknowledged lost = client.acknowledged().get(2);
      String delete =
          "import sqlite3,sys; c = sqlite3.connect(sys.argv[1]);"
              + " c.execute('DELETE FROM person WHERE id = ' + sys.argv[2]); c.commit()";
      Tool.in(
              tenant.path(),
              Map.of(),
              "python3",
              "-c",
              delete,
              tenant.database().toString(),
              Long.toString(lost.id()))
          .run();
      assertThat(client.missing()).containsExactly(lost);

      // So that the other tests see what the sandbox made.
      Tool.in(
              tenant.path(),
              Map.of(),
              "python3",
              "-c",
              delete.replace("id = ", "id > "),
              tenant.database().toString(),
              "40")
          .run();
    }
  }

  @Test
  void theSeedProcedureUpgradesATenantWhileAPollerSeesItDown() throws IOException {
    SandboxTenant tenant = sandbox.tenant("globex");
    try (Poller poller = Poller.of(tenant);
        TenantClient client = new TenantClient(tenant)) {
      Eventually.holds(() -> poller.observationCount() > 10);

      String output = new SeedProcedure(sandbox).upgrade(tenant, "v0.3.0");

      assertThat(output).contains("Stopping services...", "Health check passed");
      assertThat(git(tenant.path(), "describe", "--tags").strip()).isEqualTo("v0.3.0");
      assertThat(client.people()).hasSize(40);
      Eventually.holds(() -> isUp(poller));
      assertThat(poller.downtime()).isPositive();
    }
  }

  private static boolean isUp(Poller poller) {
    try {
      return !poller.downtime().isZero();
    } catch (IllegalStateException down) {
      return false;
    }
  }

  private static String git(Path directory, String... arguments) {
    List<String> words = new ArrayList<>(List.of("git"));
    words.addAll(List.of(arguments));
    return new Tool(directory, Map.of(), words).run();
  }

  /** How many processes have the sandbox's directory in their command line. */
  private static long processesOf(Sandbox sandbox) {
    return ProcessHandle.allProcesses()
        .filter(process -> commandLine(process).contains(sandbox.directory() + "/"))
        .count();
  }

  private static String commandLine(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
    } catch (IOException ended) {
      return "";
    }
  }
}
