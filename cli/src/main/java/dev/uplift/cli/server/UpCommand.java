package dev.uplift.cli.server;

import dev.uplift.cli.console.CommandFailure;
import dev.uplift.cli.console.Deadline;
import dev.uplift.cli.console.Interruptible;
import dev.uplift.cli.console.LockFile;
import dev.uplift.cli.console.Teardown;
import dev.uplift.cli.engine.EngineChoice;
import dev.uplift.cli.engine.EngineOptions;
import dev.uplift.cli.engine.Ports;
import dev.uplift.cli.engine.RunningEngine;
import dev.uplift.prepare.ThisMachine;
import dev.uplift.tenant.HostName;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Everything for the real tenants of one machine, in the foreground. */
@Command(
    name = "up",
    sortOptions = false,
    header = "Runs all that the tenants of this machine need, in the foreground.",
    description =
        "%nAn engine, the API and a worker, until SIGTERM or Ctrl-C. All state is on disk, so what"
            + " was going on then goes on at the next start. Further settings are read from"
            + " uplift-api.yml and uplift-worker.yml in the state directory.%n")
public final class UpCommand implements Callable<Integer> {
  private static final Duration END = Duration.ofSeconds(90);
  private static final Duration START = Duration.ofSeconds(120);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration API_PATIENCE = Duration.ofSeconds(20);
  private static final Duration DRAIN = Duration.ofSeconds(40);
  private static final Duration WORKER_PATIENCE = DRAIN.plusSeconds(10);

  @Spec private CommandSpec command;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      required = true,
      description = "A directory below which tenants may be; may be given more than once.")
  private List<Path> roots;

  @Option(
      names = "--services",
      paramLabel = "DIR",
      required = true,
      description = "The definitions of the tenants' services, one UNIT.yml each.")
  private Path services;

  @Option(
      names = "--host",
      paramLabel = "NAME",
      description = "The name of this machine in the fleet file (default: its host name).")
  private String host;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description =
          "Where all state is kept (default: /var/lib/uplift if it is there and writable, else"
              + " .uplift/up in the clone).")
  private Path state;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      defaultValue = "dev-server",
      converter = EngineChoice.Converter.class,
      description = {
        "dev-server: one of our own, on a file in the state directory (default).",
        "HOST:PORT: a Temporal server that runs already."
      })
  private EngineChoice engine;

  @Mixin private EngineOptions engineOptions;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "32201",
      description = "Where the API listens, on loopback (default: ${DEFAULT-VALUE}).")
  private int port;

  @Override
  public Integer call() throws Exception {
    if (engine.kind() == EngineChoice.Kind.EMBEDDED) {
      throw wrong(
          "the embedded engine forgets everything when it ends, so it is for the demo only;"
              + " 'uplift engine install' gets a real one");
    }
    engineOptions.requireProtected(engine);
    for (Path directory : roots) {
      requireDirectory("--root", directory);
    }
    requireDirectory("--services", services);
    return Interruptible.run(END, this::run);
  }

  private int run() throws Exception {
    PrintWriter err = command.commandLine().getErr();
    // Its real path: what is confined to some directories cannot follow a link into another.
    Path directory =
        Files.createDirectories(state == null ? StateDirectory.ofServer(System.getenv()) : state)
            .toRealPath();
    Prerequisites.ofWorker();
    try (Teardown teardown = new Teardown(err)) {
      claim(directory, teardown);
      Ports.requireFree(port);
      Path logs = Files.createDirectories(directory.resolve("logs"));
      RunningEngine running =
          teardown.add(
              RunningEngine.durable(
                  engine, directory.resolve("engine.db"), logs.resolve("engine.log")));
      UpliftProcesses processes = new UpliftProcesses(directory, logs);
      Child api = processes.start("api", List.of(), apiSettings(directory, running), Map.of());
      teardown.add(() -> api.end(API_PATIENCE));
      Child worker =
          processes.start("worker", List.of(), workerSettings(directory, running), Map.of());
      teardown.add(() -> worker.end(WORKER_PATIENCE));
      try {
        awaitApi(api);
        tell(err, directory, running);
        while (true) {
          api.mustBeAlive();
          worker.mustBeAlive();
          running.mustBeAlive();
          Thread.sleep(POLL.toMillis());
        }
      } catch (InterruptedException end) {
        err.println("Ending; what runs may take " + DRAIN.toSeconds() + " s to finish its step.");
        err.flush();
        return 0;
      }
    }
  }

  private void awaitApi(Child api) throws Exception {
    Optional<Boolean> served =
        Deadline.in(START)
            .poll(
                POLL,
                () -> {
                  api.mustBeAlive();
                  return Optional.of(true).filter(yes -> Ports.isServed(port));
                });
    if (served.isEmpty()) {
      throw api.failure("does not answer after " + START.toSeconds() + " s");
    }
  }

  private static void claim(Path directory, Teardown teardown) throws Exception {
    Path file = directory.resolve("up.lock");
    LockFile lock = LockFile.take(file).orElse(null);
    if (lock == null) {
      throw new CommandFailure(
          "'uplift up' runs already on " + directory + ", as process " + LockFile.holder(file));
    }
    teardown.add(lock);
  }

  private Map<String, Object> apiSettings(Path directory, RunningEngine running) {
    Map<String, Object> settings = new LinkedHashMap<>(engineOptions.settings(engine));
    settings.put("uplift.port", port);
    settings.put("uplift.database", StateDirectory.registry(directory));
    settings.put("uplift.engine.target", running.target());
    return settings;
  }

  private Map<String, Object> workerSettings(Path directory, RunningEngine running) {
    Map<String, Object> settings = new LinkedHashMap<>(engineOptions.settings(engine));
    settings.put("uplift.roles", "workflows,host");
    settings.put("uplift.drain", DRAIN.toSeconds() + "s");
    settings.put("uplift.host.name", hostName());
    settings.put("uplift.host.state", directory.resolve("host"));
    // One by one: a list in a single setting would end at the first comma of a path.
    for (int i = 0; i < roots.size(); i++) {
      settings.put("uplift.host.roots[" + i + "]", roots.get(i).toAbsolutePath());
    }
    settings.put("uplift.host.service-definitions", services.toAbsolutePath());
    settings.put("uplift.engine.target", running.target());
    return settings;
  }

  private HostName hostName() {
    try {
      return host == null ? ThisMachine.name() : new HostName(host);
    } catch (IOException | IllegalArgumentException unusable) {
      throw wrong(
          "the name of this machine is unusable, give one with --host: " + unusable.getMessage());
    }
  }

  private void tell(PrintWriter err, Path directory, RunningEngine running) {
    err.println("Host         " + hostName());
    err.println("Engine       " + running.description());
    err.println("API          http://localhost:" + port + "/api");
    err.println("OpenAPI      http://localhost:" + port + "/swagger-ui.html");
    err.println("Temporal UI  " + running.ui().map(URI::toString).orElse("that of the engine"));
    err.println("State        " + directory);
    err.println();
    err.println("A token:     uplift token create NAME --scope admin --state " + directory);
    err.println("The fleet:   uplift apply fleet.yml");
    err.flush();
  }

  private void requireDirectory(String option, Path directory) {
    if (!Files.isDirectory(directory)) {
      throw wrong(option + ": " + directory + " is not a directory");
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
