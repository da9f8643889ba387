package dev.uplift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.uplift.cli.ApiClient.Answer;
import dev.uplift.sandbox.Sandbox;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.engine.TemporalBinary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server for tenants that were there before it and stay when it ends. */
@Tag("full")
class UpIT {
  private static final Duration START = Duration.ofMinutes(2);
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  void tenantsOutliveTheServerAndItsStateOutlivesIt() throws Exception {
    assumeThat(TemporalBinary.ofThisMachine().find()).isPresent();
    try (Sandbox sandbox =
        Sandbox.in(directory.resolve("world"))
            .tenants(1)
            .host("here")
            .timeout("health_window", "1s")
            .start()) {
      Path state = Files.createDirectories(directory.resolve("state"));
      // These services were started by a worker whose state is this.
      Files.createSymbolicLink(state.resolve("host"), sandbox.state());
      SandboxTenant tenant = sandbox.tenants().get(0);
      int port = freePort();

      try (LauncherProcess up = up(sandbox, state, port)) {
        up.awaitErr("Temporal UI", START);
        Map<String, String> client = client(state, port);
        assertThat(client).containsKey("UPLIFT_TOKEN");
        apply(sandbox, client);
        assertThat(upgrade(client, tenant)).contains("success");
        up.terminate();
        assertThat(up.exitCode(SOON)).isNotZero();
      }
      assertThat(sandbox.services().state(tenant.apiUnit()).running()).isTrue();

      try (LauncherProcess again = up(sandbox, state, port)) {
        again.awaitErr("Temporal UI", START);
        assertThat(upgrades(client(state, port))).contains(tenant.id().value(), "success");
      }
    }
  }

  private LauncherProcess up(Sandbox sandbox, Path state, int port) throws IOException {
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

  private Map<String, String> client(Path state, int port) throws Exception {
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

  private static String upgrade(Map<String, String> client, SandboxTenant tenant)
      throws InterruptedException {
    Answer answer =
        api(client)
            .post(
                "/api/tenants/" + tenant.id() + "/upgrade",
                "{}",
                "Content-Type",
                "application/json",
                "Prefer",
                "wait=25");
    long deadline = System.nanoTime() + START.toNanos();
    while (answer.status() == 202 || answer.body().path("status").asText().equals("running")) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.sleep(200);
      answer =
          api(client)
              .get(
                  answer.location() == null
                      ? "/api/upgrades/" + answer.body().path("upgrade_id").asText()
                      : URI.create(answer.location()).getPath());
    }
    return answer.body().path("status").asText();
  }

  private static String upgrades(Map<String, String> client) throws InterruptedException {
    return api(client).get("/api/upgrades").body().toString();
  }

  private static ApiClient api(Map<String, String> client) {
    return new ApiClient(Connection.resolve(null, null, client));
  }

  private static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    }
  }
}
