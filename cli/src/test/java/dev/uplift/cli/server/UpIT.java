package dev.uplift.cli.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.LauncherProcess;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.client.Connection;
import dev.uplift.cli.console.Deadline;
import dev.uplift.host.HostPaths;
import dev.uplift.sandbox.LoopbackPorts;
import dev.uplift.sandbox.Sandbox;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.engine.TemporalBinary;
import dev.uplift.service.ProcessServiceManager;
import dev.uplift.service.ServiceManager;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server for tenants that were there before it and stay when it ends. */
@Tag("full")
// DemoIT, in another JVM, would want the usual ports of an engine at the same moment.
@Tag("alone")
class UpIT {
  private static final Duration START = Duration.ofMinutes(2);
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path directory;
  private final int port = LoopbackPorts.free(1).get(0);

  @Test
  void tenantsOutliveTheServerAndItsStateOutlivesIt() throws Exception {
    assumeThat(TemporalBinary.ofThisMachine().find()).isPresent();
    Path state = Files.createDirectories(directory.resolve("state"));
    try (Sandbox sandbox =
        Sandbox.in(directory.resolve("world"))
            .tenants(1)
            .host("here")
            .timeout("health_window", "1s")
            .start()) {
      SandboxTenant tenant = sandbox.tenants().get(0);
      ServiceManager services =
          new ProcessServiceManager(
              new HostPaths(state.resolve("host")), sandbox.definitions(), System.getenv());
      tenant.units().forEach(unit -> sandbox.services().stop(unit, SOON));
      tenant.units().forEach(services::start);
      try {
        upgradeWhileUp(sandbox, tenant, state);
        assertThat(services.state(tenant.apiUnit()).running()).isTrue();
        upgradeIsRememberedByTheNext(sandbox, tenant, state);
      } finally {
        tenant.units().forEach(unit -> services.stop(unit, SOON));
      }
    }
  }

  private void upgradeWhileUp(Sandbox sandbox, SandboxTenant tenant, Path state) throws Exception {
    try (LauncherProcess up = up(sandbox, state)) {
      up.awaitErr("Temporal UI", START);
      Map<String, String> client = client(state);
      apply(sandbox, client);

      assertThat(upgrade(client, tenant).path("status").asText()).isEqualTo("success");

      up.terminate();
      assertThat(up.exitCode(SOON)).isNotZero();
    }
  }

  private void upgradeIsRememberedByTheNext(Sandbox sandbox, SandboxTenant tenant, Path state)
      throws Exception {
    try (LauncherProcess again = up(sandbox, state)) {
      again.awaitErr("Temporal UI", START);

      JsonNode first = api(client(state)).get("/api/upgrades").body().path("upgrades").path(0);
      assertThat(first.path("tenant").asText()).isEqualTo(tenant.id().value());
      assertThat(first.path("status").asText()).isEqualTo("success");
    }
  }

  private LauncherProcess up(Sandbox sandbox, Path state) throws IOException {
    return LauncherProcess.start(
        directory,
        sandbox.workerEnvironment(),
        "up",
        "--host",
        "here",
        "--root",
        sandbox.checkouts().toString(),
        "--services",
        sandbox.definitions().toString(),
        "--state",
        state.toString(),
        "--port",
        Integer.toString(port));
  }

  private Map<String, String> client(Path state) throws Exception {
    String name = "test-" + System.nanoTime();
    try (LauncherProcess create =
        LauncherProcess.start(
            directory, "token", "create", name, "--scope", "admin", "--state", state.toString())) {
      assertThat(create.exitCode(SOON)).as(create.err()).isZero();
      Map<String, String> environment = new HashMap<>();
      environment.put("UPLIFT_URL", "http://127.0.0.1:" + port);
      environment.put("UPLIFT_TOKEN", create.out().strip());
      return environment;
    }
  }

  private void apply(Sandbox sandbox, Map<String, String> client) throws Exception {
    try (LauncherProcess apply =
        LauncherProcess.start(directory, client, "apply", sandbox.fleetFile().toString())) {
      assertThat(apply.exitCode(SOON)).as(apply.err()).isZero();
      assertThat(apply.out()).contains("created tenants/testsite");
    }
  }

  private static JsonNode upgrade(Map<String, String> client, SandboxTenant tenant)
      throws Exception {
    ApiClient api = api(client);
    Answer begun =
        api.post(
            "/api/tenants/" + tenant.id() + "/upgrade",
            "{}",
            "Content-Type",
            "application/json",
            "Prefer",
            "respond-async");
    assertThat(begun.status()).isEqualTo(202);
    return Deadline.in(START)
        .poll(
            Duration.ofMillis(200),
            () ->
                Optional.of(api.get(URI.create(begun.location()).getPath()).body())
                    .filter(state -> !state.path("status").asText().equals("running")))
        .orElseThrow();
  }

  private static ApiClient api(Map<String, String> client) {
    return new ApiClient(
        new Connection(URI.create(client.get("UPLIFT_URL")), client.get("UPLIFT_TOKEN")));
  }
}
