package dev.uplift.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.api.token.Scope;
import dev.uplift.api.token.Tokens;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.Connection;
import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.console.Deadline;
import dev.uplift.cli.console.Teardown;
import dev.uplift.cli.engine.EngineChoice;
import dev.uplift.cli.engine.Ports;
import dev.uplift.cli.engine.RunningEngine;
import dev.uplift.cli.fleet.ApplyCommand;
import dev.uplift.cli.server.Child;
import dev.uplift.cli.server.Prerequisites;
import dev.uplift.cli.server.UpliftProcesses;
import dev.uplift.cli.tenant.StepLines;
import dev.uplift.sandbox.Sandbox;
import dev.uplift.sandbox.SandboxTenant;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A running demo. */
final class Demo {
  private static final String FROM = "v0.2.0";
  private static final String TO = "v0.3.0";
  private static final Duration TOKEN_LIFETIME = Duration.ofDays(1);
  private static final Duration START = Duration.ofSeconds(120);
  private static final Duration UPGRADE = Duration.ofMinutes(10);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration API_PATIENCE = Duration.ofSeconds(10);
  private static final Duration DRAIN = Duration.ofSeconds(10);
  private static final Duration WORKER_PATIENCE = DRAIN.plusSeconds(5);

  private final DemoDirectory directory;
  private final RunningEngine engine;
  private final Child api;
  private final Child worker;
  private final Sandbox sandbox;
  private final Connection connection;
  private final ApiClient client;
  private final PrintWriter err;

  private Demo(
      DemoDirectory directory,
      RunningEngine engine,
      Child api,
      Child worker,
      Sandbox sandbox,
      Connection connection,
      PrintWriter err) {
    this.directory = directory;
    this.engine = engine;
    this.api = api;
    this.worker = worker;
    this.sandbox = sandbox;
    this.connection = connection;
    this.client = new ApiClient(connection);
    this.err = err;
  }

  /**
   * Starts everything; returns when it answers and knows the fleet.
   *
   * @param teardown receives whatever was started, also when this fails half way
   */
  static Demo start(
      Path uplift,
      int tenants,
      int rows,
      EngineChoice choice,
      Map<String, Object> engineSettings,
      int port,
      Teardown teardown,
      PrintWriter err)
      throws Exception {
    Prerequisites.ofWorker();
    Prerequisites.ofSandbox();
    DemoDirectory directory = teardown.add(DemoDirectory.claim(uplift));
    Ports.requireFree(port);

    RunningEngine engine =
        teardown.add(RunningEngine.forDemo(choice, directory.logs().resolve("engine.log")));
    err.println("Engine: " + engine.description());
    Connection connection =
        new Connection(
            URI.create("http://localhost:" + port),
            Tokens.create(directory.registry(), "demo", Set.of(Scope.ADMIN), TOKEN_LIFETIME));
    DemoEnv.write(directory.env(), connection);

    // The API starts while the tenants are made: both take some seconds.
    UpliftProcesses processes = new UpliftProcesses(directory.work(), directory.logs());
    Child api =
        processes.start(
            "api",
            List.of("--of-demo"),
            with(
                engineSettings,
                Map.of(
                    "uplift.port", port,
                    "uplift.database", directory.registry(),
                    "uplift.engine.target", engine.target(),
                    "uplift.engine.embedded", engine.isEmbedded())),
            Map.of());
    teardown.add(() -> api.end(API_PATIENCE));
    err.println("Tenants: making " + tenants + " at " + FROM + " with " + rows + " people each");
    err.flush();
    Sandbox sandbox =
        teardown.add(
            Sandbox.in(directory.sandbox()).tenants(tenants).rows(rows).release(FROM).start());
    Child worker =
        processes.start(
            "worker",
            List.of("--of-demo"),
            with(
                engineSettings,
                Map.of(
                    "uplift.roles", "workflows,host",
                    "uplift.drain", DRAIN.toSeconds() + "s",
                    "uplift.host.name", sandbox.host(),
                    "uplift.host.state", sandbox.state(),
                    "uplift.host.roots", sandbox.checkouts(),
                    "uplift.host.service-definitions", sandbox.definitions(),
                    "uplift.engine.target", engine.target(),
                    "uplift.engine.embedded", engine.isEmbedded())),
            sandbox.workerEnvironment());
    teardown.add(() -> worker.end(WORKER_PATIENCE));

    Demo demo = new Demo(directory, engine, api, worker, sandbox, connection, err);
    demo.awaitApi();
    ApplyCommand.apply(
        demo.client, Files.readString(sandbox.fleetFile()), false, "the demo's fleet");
    demo.awaitWorker();
    return demo;
  }

  private static Map<String, Object> with(Map<String, Object> settings, Map<String, ?> more) {
    Map<String, Object> all = new HashMap<>(settings);
    all.putAll(more);
    return all;
  }

  private void awaitApi() throws Exception {
    if (Deadline.in(START).poll(POLL, () -> answered(api, "/api/tenants")).isEmpty()) {
      throw api.failure("does not answer after " + START.toSeconds() + " s");
    }
  }

  /** The version of a tenant is told by the worker, so whoever can tell it has one. */
  private void awaitWorker() throws Exception {
    String version = "/api/tenants/" + firstTenant().id() + "/version";
    if (Deadline.in(START).poll(POLL, () -> answered(worker, version)).isEmpty()) {
      throw worker.failure("does not answer after " + START.toSeconds() + " s");
    }
  }

  private Optional<ApiClient.Answer> answered(Child child, String path)
      throws InterruptedException {
    api.mustBeAlive();
    child.mustBeAlive();
    try {
      return Optional.of(client.get(path)).filter(ApiClient.Answer::isSuccess);
    } catch (CommandFailure notYet) {
      return Optional.empty();
    }
  }

  private SandboxTenant firstTenant() {
    return sandbox.tenants().get(0);
  }

  /** Upgrades a tenant, tells each step as it ends, and returns the upgrade with its report. */
  JsonNode upgradeFirstTenant() throws Exception {
    String tenant = firstTenant().id().value();
    err.println("Upgrading " + tenant + " from " + FROM + " to " + TO + ":");
    err.flush();
    ApiClient.Answer begun =
        client.post(
            "/api/tenants/" + tenant + "/upgrade",
            "{\"target_version\": \"" + TO + "\"}",
            "Content-Type",
            "application/json",
            "Prefer",
            "respond-async");
    if (begun.status() != 202) {
      throw new CommandFailure("the upgrade was not begun: " + begun.problem());
    }
    StepLines lines = new StepLines();
    JsonNode upgrade =
        Deadline.in(UPGRADE)
            .poll(POLL, () -> over(begun.location(), lines))
            .orElseThrow(
                () -> worker.failure("did not end the upgrade in " + UPGRADE.toMinutes() + " min"));
    err.println("Upgrade of " + tenant + ": " + upgrade.path("status").asText());
    err.flush();
    return upgrade;
  }

  private Optional<JsonNode> over(String upgrade, StepLines lines) throws InterruptedException {
    api.mustBeAlive();
    worker.mustBeAlive();
    ApiClient.Answer answer = client.get(URI.create(upgrade).getPath());
    if (!answer.isSuccess()) {
      throw new CommandFailure("the upgrade cannot be watched: " + answer.problem());
    }
    JsonNode state = answer.body();
    boolean running = state.path("status").asText().equals("running");
    lines.newsOf(state).forEach(line -> err.println("  " + line));
    err.flush();
    return running ? Optional.empty() : Optional.of(state);
  }

  /** What to look at and to type next, for the second tenant, which is still at the old release. */
  String handsOn() throws IOException {
    List<SandboxTenant> all = sandbox.tenants();
    return HandsOn.text(
        connection,
        engine.ui(),
        directory.env(),
        all.get(Math.min(1, all.size() - 1)).id().value());
  }

  Path logs() {
    return directory.logs();
  }

  /**
   * Returns when this thread is interrupted.
   *
   * @throws CommandFailure if a process of the demo ends by itself
   */
  void stayUp() {
    try {
      while (true) {
        api.mustBeAlive();
        worker.mustBeAlive();
        engine.mustBeAlive();
        Thread.sleep(POLL.toMillis());
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }
}
