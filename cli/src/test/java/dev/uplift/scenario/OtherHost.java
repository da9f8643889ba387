package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.sandbox.Sandbox;
import dev.uplift.sandbox.SandboxBuilder;
import dev.uplift.sandbox.SandboxTenant;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;

/** One more host of a world: a directory, tenants and a worker of its own. */
final class OtherHost implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final World world;
  private final Sandbox sandbox;
  private Process worker;

  private OtherHost(World world, Sandbox sandbox) {
    this.world = world;
    this.sandbox = sandbox;
  }

  /** Its tenants are of the app that the world's own tenants are of. */
  static OtherHost join(
      World world, String name, Path directory, UnaryOperator<SandboxBuilder> described)
      throws Exception {
    OtherHost host =
        new OtherHost(
            world, described.apply(Sandbox.in(directory).host(name).prefix(name + "-")).start());
    try {
      host.startWorker();
      host.register();
      return host;
    } catch (Exception | AssertionError e) {
      host.close();
      throw e;
    }
  }

  private void register() throws Exception {
    Calls calls = world.calls();
    assertThat(calls.put("/api/hosts/" + sandbox.host(), object()).status()).isIn(200, 201);
    for (SandboxTenant one : sandbox.tenants()) {
      ObjectNode entry =
          object()
              .put("app", one.tenant().app())
              .put("host", sandbox.host().value())
              .put("path", one.tenant().path())
              .put("ring", one.tenant().ring());
      ObjectNode ports = entry.putObject("ports");
      one.tenant().ports().forEach(ports::put);
      Calls.Answer put = calls.put("/api/tenants/" + one.id(), entry);
      assertThat(put.status()).as("%s", put).isIn(200, 201);
    }
    String first = sandbox.tenants().get(0).id().value();
    Eventually.within(
        PATIENCE,
        "the worker of " + sandbox.host() + " answers",
        () -> calls.get("/api/tenants/" + first + "/version").status() == 200);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  Sandbox sandbox() {
    return sandbox;
  }

  void startWorker() throws Exception {
    worker = world.startWorkerOf(sandbox, Map.of("uplift.roles", "host"), Map.of());
  }

  /** As the kernel does when memory is short. */
  void killWorker() throws InterruptedException {
    worker.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    World.end(worker);
    sandbox.close();
  }
}
