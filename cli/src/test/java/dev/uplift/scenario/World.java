package dev.uplift.scenario;

import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.token.Scope;
import dev.uplift.api.token.Tokens;
import dev.uplift.engine.Engine;
import dev.uplift.engine.EngineAddress;
import dev.uplift.engine.EngineSecurity;
import dev.uplift.sandbox.LoopbackPorts;
import dev.uplift.sandbox.Sandbox;
import dev.uplift.sandbox.SandboxBuilder;
import dev.uplift.sandbox.engine.DevServer;
import dev.uplift.sandbox.engine.EmbeddedEngine;
import dev.uplift.sandbox.engine.EngineProcess;
import dev.uplift.sandbox.engine.ProductionStack;
import dev.uplift.sandbox.engine.TemporalBinary;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A sandbox with an engine, an API and a worker, each a process of its own as in production, so
 * that a test can kill any of them.
 */
public final class World implements AutoCloseable {
  /** Which Temporal server a world has. */
  public enum EngineKind {
    EMBEDDED,
    DEV_SERVER,
    /** A cluster on PostgreSQL that wants certificates; the registry is in that PostgreSQL too. */
    PRODUCTION;

    public boolean isAvailable() {
      return switch (this) {
        case EMBEDDED -> true;
        case DEV_SERVER -> TemporalBinary.ofThisMachine().find().isPresent();
        case PRODUCTION -> ProductionStack.isAvailable();
      };
    }
  }

  private static final Path DEPLOY = Path.of("..", "deploy");
  private static final Path DIST = Path.of("target", "dist").toAbsolutePath();
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Path directory;
  private final EngineKind kind;
  private final List<Integer> ports = LoopbackPorts.free(3);
  private final Sandbox sandbox;
  private final String token;
  private final Duration lease;
  private final ProductionStack stack;
  private EngineSecurity security;
  private EngineProcess engine;
  private final List<Process> replaced = new ArrayList<>();
  private Path dist = DIST;
  private Process api;
  private Process worker;

  private World(
      Path directory, EngineKind kind, Duration lease, UnaryOperator<SandboxBuilder> described)
      throws Exception {
    this.directory = directory;
    this.kind = kind;
    this.lease = lease;
    Files.createDirectories(logs());
    this.stack =
        kind == EngineKind.PRODUCTION
            ? new ProductionStack(directory.resolve("stack"), DEPLOY, null)
            : null;
    this.security = stack == null ? EngineSecurity.NONE : stack.mutualTls();
    try {
      this.token =
          Tokens.create(registryAddress(), "test", Set.of(Scope.ADMIN), Duration.ofHours(2));
      startEngine();
      startApi();
      sandbox = described.apply(Sandbox.in(directory.resolve("sandbox"))).start();
    } catch (Exception e) {
      end(api);
      closeEngine();
      throw e;
    }
  }

  public static World start(
      Path directory, EngineKind kind, UnaryOperator<SandboxBuilder> described) throws Exception {
    return start(directory, kind, Duration.ofMinutes(2), described);
  }

  public static World start(
      Path directory, EngineKind kind, Duration lease, UnaryOperator<SandboxBuilder> described)
      throws Exception {
    World world = new World(directory, kind, lease, described);
    try {
      world.startWorker();
      world.awaitReady();
      return world;
    } catch (Exception | AssertionError e) {
      world.close();
      throw e;
    }
  }

  private void awaitReady() throws Exception {
    awaitApi();
    Calls calls = calls();
    Calls.Answer applied = calls.postYaml("/api/fleet", Files.readString(sandbox.fleetFile()));
    if (applied.status() != 200) {
      throw new IllegalStateException("the fleet was not applied: " + applied);
    }
    String first = sandbox.tenants().get(0).id().value();
    Eventually.within(
        PATIENCE,
        "the worker answers",
        () -> calls.get("/api/tenants/" + first + "/version").status() == 200);
  }

  public Sandbox sandbox() {
    return sandbox;
  }

  public Calls calls() {
    return new Calls(URI.create("http://127.0.0.1:" + ports.get(2)), token);
  }

  public String token() {
    return token;
  }

  public Path registry() {
    return directory.resolve("registry.db");
  }

  public RegistryAddress registryAddress() {
    return stack == null
        ? RegistryAddress.file(registry())
        : new RegistryAddress(stack.registryUrl(), "uplift", stack.registryPasswordFile());
  }

  /** What a {@link EngineKind#PRODUCTION} world has besides. */
  public ProductionStack stack() {
    return stack;
  }

  public EngineAddress engineAddress() {
    return engine.address();
  }

  /** A connection to the engine, for what people do there by hand. */
  public Engine connect() {
    return Engine.at(engineAddress(), "test");
  }

  public Optional<URI> temporalUi() {
    return engine.ui();
  }

  public void startEngine() throws Exception {
    Path log = logs().resolve("engine.log");
    engine =
        switch (kind) {
          case EMBEDDED -> EmbeddedEngine.start(ports.get(0), log);
          case DEV_SERVER ->
              new DevServer(
                      TemporalBinary.ofThisMachine().find().orElseThrow(),
                      ports.get(0),
                      ports.get(1),
                      directory.resolve("engine.db"),
                      "error",
                      log)
                  .start();
          case PRODUCTION -> stack.startServer(stack.mutualTls());
        };
  }

  private void closeEngine() {
    if (engine != null) {
      engine.close();
    }
    if (stack != null) {
      stack.close();
    }
  }

  public void killEngine() throws Exception {
    engine.kill();
  }

  public void startApi() throws IOException {
    startApi(Map.of());
  }

  /**
   * @param more settings beside those that every API here has
   */
  private void startApi(Map<String, ?> more) throws IOException {
    Map<String, Object> settings = engineSettings();
    settings.putAll(more);
    settings.put("uplift.port", ports.get(2));
    RegistryAddress registry = registryAddress();
    settings.put("uplift.database", registry.database());
    if (registry.isPostgresql()) {
      settings.put("uplift.database-user", registry.user());
      settings.put("uplift.database-password-file", registry.passwordFile());
    }
    api = start("api", Map.of(), settings);
  }

  private Map<String, Object> engineSettings() {
    Map<String, Object> settings = new HashMap<>();
    settings.put("uplift.engine.target", engine.address().target());
    settings.put("uplift.engine.embedded", kind == EngineKind.EMBEDDED);
    settings.put("uplift.engine.tls.ca-file", security.caFile());
    settings.put("uplift.engine.tls.cert-file", security.certFile());
    settings.put("uplift.engine.tls.key-file", security.keyFile());
    settings.values().removeIf(Objects::isNull);
    return settings;
  }

  /** Has API and worker connect to the engine in another way, whether it suits it or not. */
  public void reconnect(EngineSecurity otherwise) throws Exception {
    stopWorker();
    end(api);
    security = otherwise;
    startApi();
    startWorker();
    awaitApi();
  }

  public void startWorker() throws IOException {
    startWorker(Map.of());
  }

  /**
   * @param more settings beside those that every worker here has
   */
  public void startWorker(Map<String, ?> more) throws IOException {
    startWorker(more, Map.of());
  }

  /**
   * @param environment beside, or instead of, what every worker here has
   */
  public void startWorker(Map<String, ?> more, Map<String, String> environment) throws IOException {
    worker = startWorkerOf(sandbox, more, environment);
  }

  /** Starts a worker for the host of a sandbox, which may be another one than this world's. */
  Process startWorkerOf(Sandbox other, Map<String, ?> more, Map<String, String> environment)
      throws IOException {
    Map<String, Object> settings = engineSettings();
    settings.putAll(more);
    settings.put("uplift.host.name", other.host());
    settings.put("uplift.host.state", other.state());
    settings.put("uplift.host.roots", other.checkouts());
    settings.put("uplift.host.service-definitions", other.definitions());
    settings.put("uplift.host.lease", lease.toSeconds() + "s");
    settings.putIfAbsent("uplift.drain", "10s");
    Map<String, String> all = new HashMap<>(other.workerEnvironment());
    all.putAll(environment);
    return start("worker", all, settings);
  }

  /** Returns when the new worker takes work. */
  public void restartWorker(Map<String, ?> more) throws Exception {
    restartWorker(more, Map.of());
  }

  /**
   * @param environment beside, or instead of, what every worker here has
   */
  public void restartWorker(Map<String, ?> more, Map<String, String> environment) throws Exception {
    stopWorker();
    int before = log("worker").length();
    startWorker(more, environment);
    Eventually.within(
        PATIENCE, "the worker takes work", () -> log("worker").indexOf("taking work", before) > 0);
  }

  /**
   * Tells the worker to stop and starts one of another build beside it, as whoever has no service
   * manager does.
   *
   * @return the one that was told to stop
   */
  public Process replaceWorker(Map<String, ?> more) throws IOException {
    Process old = worker;
    replaced.add(old);
    old.destroy();
    useAnotherBuild();
    startWorker(more);
    return old;
  }

  /** Starts a worker beside the one that is there. */
  public Process startSecondWorker(Map<String, ?> more) throws IOException {
    Process first = worker;
    startWorker(more);
    Process second = worker;
    replaced.add(second);
    worker = first;
    return second;
  }

  /** Tells the worker to stop, and does not wait until it has. */
  public Process drainWorker() {
    worker.destroy();
    return worker;
  }

  /** Returns when the API answers again, with these settings beside its own. */
  public void restartApi(Map<String, ?> more) throws Exception {
    api.destroy();
    api.waitFor();
    startApi(more);
    awaitApi();
  }

  /** Tells the API to stop and starts one of another build when it has. */
  public void replaceApi() throws Exception {
    api.destroy();
    api.waitFor();
    useAnotherBuild();
    startApi();
    awaitApi();
  }

  /** A build at another place, with other files: nothing may refer to that of its predecessor. */
  public void useAnotherBuild() throws IOException {
    Path other = directory.resolve("build-" + System.nanoTime());
    try (Stream<Path> files = Files.walk(DIST)) {
      for (Path file : files.toList()) {
        Files.copy(file, other.resolve(DIST.relativize(file).toString()));
      }
    }
    dist = other;
  }

  public long workerPid() {
    return worker.pid();
  }

  public long apiPid() {
    return api.pid();
  }

  /** As the kernel does when memory is short: no word of farewell. */
  public void killWorker() throws InterruptedException {
    worker.destroyForcibly().waitFor();
  }

  public void killApi() throws InterruptedException {
    api.destroyForcibly().waitFor();
  }

  /** Returns when the API answers again. */
  public void awaitApi() throws Exception {
    Calls calls = calls();
    Eventually.within(PATIENCE, "the API answers", () -> calls.get("/api/tenants").status() == 200);
  }

  public void stopWorker() throws InterruptedException {
    worker.destroy();
    worker.waitFor();
  }

  /** What a command printed, on both its streams. */
  public record CommandOutput(int exitCode, String text) {}

  /** Runs a command as an administrator of this world. */
  public CommandOutput uplift(String command, String... arguments)
      throws IOException, InterruptedException {
    List<String> words = words(dist, "client");
    words.add(command);
    words.addAll(List.of(arguments));
    return run(words);
  }

  /**
   * Runs what an administrator of this world pastes into a shell.
   *
   * @param line calls the client {@code uplift}
   */
  CommandOutput shell(String line) throws IOException, InterruptedException {
    // A function, and no program: a file that this process has just written cannot be run as long
    // as a child that another thread has started meanwhile has it open, too.
    String client = String.join("' '", words(dist, "client"));
    return run(List.of("sh", "-c", "uplift() { '" + client + "' \"$@\"; }\n" + line));
  }

  private CommandOutput run(List<String> words) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile());
    builder.environment().put("UPLIFT_URL", calls().api().toString());
    builder.environment().put("UPLIFT_TOKEN", token);
    Process process = builder.redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new CommandOutput(process.waitFor(), text);
  }

  private static List<String> words(Path dist, String flags) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.add("@" + dist.resolve("jvm").resolve(flags));
    words.add("-Duplift.dist=" + dist);
    words.addAll(List.of("-cp", dist.resolve("lib") + "/*", "dev.uplift.cli.Uplift"));
    return words;
  }

  private Process start(String command, Map<String, String> environment, Map<String, ?> settings)
      throws IOException {
    return launch(dist, directory, command, environment, settings);
  }

  /** Starts a server that ends with this JVM and logs to {@code logs} in the directory. */
  public static Process launch(
      Path dist,
      Path directory,
      String command,
      Map<String, String> environment,
      Map<String, ?> settings)
      throws IOException {
    List<String> options =
        dist.equals(DIST) ? FasterStart.optionsIfWanted(command) : List.<String>of();
    return launch(dist, options, directory, command, environment, settings);
  }

  static Process launch(
      Path dist,
      List<String> options,
      Path directory,
      String command,
      Map<String, String> environment,
      Map<String, ?> settings)
      throws IOException {
    List<String> words = words(dist, command);
    words.add(command);
    words.addAll(1, options);
    words.addAll(List.of("--owner", Long.toString(ProcessHandle.current().pid()), "--of-demo"));
    settings.forEach((key, value) -> words.addAll(List.of("--set", key + "=" + value)));
    ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile());
    builder.environment().putAll(environment);
    builder.environment().put("MALLOC_ARENA_MAX", "2");
    return builder
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(
                directory.resolve("logs").resolve(command + ".log").toFile()))
        .start();
  }

  private Path logs() {
    return directory.resolve("logs");
  }

  /** What a process of this world printed. */
  public String log(String name) throws IOException {
    return Files.readString(logs().resolve(name + ".log"), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    replaced.forEach(World::end);
    end(worker);
    end(api);
    closeEngine();
    sandbox.close();
  }

  public static void end(Process process) {
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
