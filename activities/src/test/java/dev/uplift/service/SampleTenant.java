package dev.uplift.service;

import dev.uplift.command.CommandRunner;
import dev.uplift.host.Cancellation;
import dev.uplift.host.HostPaths;
import dev.uplift.host.StepContext;
import dev.uplift.profile.AppProfile;
import dev.uplift.profile.HealthCheck;
import dev.uplift.profile.Timeouts;
import dev.uplift.release.CommitId;
import dev.uplift.release.Tag;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.Deployed;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.Release;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.UpgradePlan;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** A tenant with two small Python services, t1-api and t1-frontend, under a process manager. */
final class SampleTenant implements AutoCloseable {
  static final UnitName API = new UnitName("t1-api");
  static final UnitName FRONTEND = new UnitName("t1-frontend");
  private static final String PYTHON = realPython();

  // Each run reads what it is to be from version.txt and <name>.behaviour in its directory.
  private static final String SERVICE =
      """
      import json, os, signal, socketserver, subprocess, sys, threading, time
      from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
      name, port = sys.argv[1], int(sys.argv[2])
      version = open("version.txt").read().strip()
      path = name + ".behaviour"
      behaviour = open(path).read().split() if os.path.exists(path) else ["well"]
      print(name, version, behaviour, os.getpid(), flush=True)
      class Handler(BaseHTTPRequestHandler):
          def do_GET(self):
              if behaviour[0] == "redirect":
                  self.send_response(302)
                  self.send_header("Location", "/elsewhere")
                  self.end_headers()
                  return
              body = json.dumps({"status": "ok", "version": version}).encode() if name == "api" else b"<html>hello"
              if behaviour[0] == "oversize":
                  body = b"x" * 300000
              self.send_response(200)
              self.send_header("Content-Length", str(len(body)))
              self.end_headers()
              self.wfile.write(body)
          def log_message(self, *args):
              pass
      class Server(ThreadingHTTPServer):
          request_queue_size = 128
          def server_bind(self):
              # The library's own asks for the name of the address, which can take seconds.
              socketserver.TCPServer.server_bind(self)
              self.server_name, self.server_port = "localhost", port
      if behaviour[0] == "slow":
          time.sleep(float(behaviour[1]))
      if behaviour[0] == "needs" and not os.path.exists(behaviour[1]):
          sys.exit("there is no " + behaviour[1])
      if behaviour[0] == "imports":
          __import__(behaviour[1])
      if behaviour[0] == "deaf":
          signal.signal(signal.SIGTERM, signal.SIG_IGN)
      if behaviour[0] == "forks":
          # A daemon: a session of its own and no descriptor of ours.
          subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
      server = Server(("127.0.0.1", port), Handler)
      if behaviour[0] == "dies":
          threading.Timer(float(behaviour[1]), lambda: os._exit(3)).start()
      server.serve_forever()
      """;

  final HostPaths paths;
  final Path checkout;
  final Path database;
  final Path definitions;
  final int apiPort = freePort();
  final int frontendPort = freePort();
  final ProcessServiceManager services;
  final Notes notes = new Notes();
  Duration healthWindow = Duration.ofMillis(400);
  private final UUID upgradeId = UUID.randomUUID();
  private final Tenant tenant;

  SampleTenant(Path directory) throws IOException {
    paths = new HostPaths(directory.resolve("state"));
    checkout = Files.createDirectories(directory.resolve("t1"));
    definitions = Files.createDirectories(directory.resolve("units"));
    database = Files.createDirectories(checkout.resolve("db")).resolve("pocket.db");
    Files.writeString(database, "data");
    Files.writeString(checkout.resolve("service.py"), SERVICE);
    define(API, "api", apiPort);
    define(FRONTEND, "frontend", frontendPort);
    services = newManager();
    tenant =
        new Tenant(
            new Slug("t1"),
            "cbapp",
            new HostName("here"),
            checkout.toString(),
            null,
            Map.of(),
            Map.of("api", apiPort, "frontend", frontendPort));
    deploy("v0.2.0");
  }

  /** Another worker on the same state. */
  ProcessServiceManager newManager() {
    return new ProcessServiceManager(paths, definitions, System.getenv());
  }

  private void define(UnitName unit, String name, int port) throws IOException {
    Files.writeString(
        definitions.resolve(unit + ".yml"),
        """
        run: [%s, service.py, %s, "%d"]
        directory: %s
        """
            .formatted(PYTHON, name, port, checkout));
  }

  static List<String> pythonCommand(String program) {
    return List.of(PYTHON, "-c", program);
  }

  void deploy(String version) throws IOException {
    Files.writeString(checkout.resolve("version.txt"), version);
  }

  void behave(String name, String behaviour) throws IOException {
    Files.writeString(checkout.resolve(name + ".behaviour"), behaviour);
  }

  StepContext context() {
    return new StepContext(
        paths, Cancellation.NEVER, CommandRunner.withoutLock(Cancellation.NEVER), notes);
  }

  StepInput input(Direction direction) {
    return input(direction, true, List.of("t1-api", "t1-frontend"), Duration.ofSeconds(40));
  }

  StepInput inputWithDeadline(Duration deadline) {
    return input(Direction.FORWARD, true, List.of("t1-api", "t1-frontend"), deadline);
  }

  StepInput input(
      Direction direction, boolean healthyBefore, List<String> running, Duration deadline) {
    Timeouts timeouts =
        new Timeouts(
            deadline,
            healthWindow,
            Duration.ofMillis(50),
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            null);
    AppProfile profile =
        new AppProfile(
            null,
            "db/pocket.db",
            null,
            List.of("{slug}-api", "{slug}-frontend"),
            null,
            null,
            List.of(
                new HealthCheck("http://127.0.0.1:{api_port}/health", 200, null, null),
                new HealthCheck("http://127.0.0.1:{frontend_port}/", 200, null, null)),
            timeouts,
            null,
            null);
    CommitId old = new CommitId("1".repeat(40));
    CommitId target = new CommitId("2".repeat(40));
    return new StepInput(
        new UpgradePlan(upgradeId, 1, tenant, profile, new Tag("v0.3.0"), target, null, "a test"),
        new Deployed("v0.2.0", new Tag("v0.2.0"), old, profile, healthyBefore, running, null),
        new Release(new Tag("v0.3.0"), target, profile, null),
        direction);
  }

  long pid(UnitName unit) {
    return services.state(unit).mainPid().orElseThrow();
  }

  /** Polls until it is so; fails after a minute. */
  static void await(String what, BooleanSupplier condition) {
    Instant deadline = Instant.now().plusSeconds(60);
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError("waited a minute for: " + what);
      }
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void close() {
    services.stop(FRONTEND, Duration.ZERO);
    services.stop(API, Duration.ZERO);
  }

  static final class Notes implements StepContext.Notes {
    private final Map<String, String> notes = new ConcurrentHashMap<>();

    @Override
    public void put(String key, String value) {
      notes.put(key, value);
    }

    @Override
    public Optional<String> get(String key) {
      return Optional.ofNullable(notes.get(key));
    }
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  // A python3 on the PATH may be a wrapper, which would be slow and another process.
  private static String realPython() {
    try {
      Process process =
          new ProcessBuilder("python3", "-c", "import sys; print(sys.executable, end='')").start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
