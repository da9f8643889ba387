package dev.uplift.sandbox.engine;

import dev.uplift.engine.EngineAddress;
import dev.uplift.engine.EngineProblem;
import dev.uplift.engine.EngineSecurity;
import dev.uplift.sandbox.LoopbackPorts;
import dev.uplift.sandbox.SandboxException;
import dev.uplift.sandbox.Watched;
import dev.uplift.sandbox.postgres.PostgresCluster;
import io.grpc.StatusRuntimeException;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.api.workflowservice.v1.RegisterNamespaceRequest;
import io.temporal.api.workflowservice.v1.WorkflowServiceGrpc.WorkflowServiceBlockingStub;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * What docker-compose.yml runs beside Uplift, without containers, from the same files: PostgreSQL,
 * and on it a Temporal cluster that talks only to those who show who they are.
 */
public final class ProductionStack implements AutoCloseable {
  /** Each has a port for calls and one by which it finds the others. */
  private static final List<String> SERVICES =
      List.of("frontend", "internal-frontend", "matching", "history", "worker");

  private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(5);
  private static final Duration RETENTION = Duration.ofDays(3);

  private final ProductionPrograms programs =
      ProductionPrograms.find()
          .orElseThrow(() -> new SandboxException("there is no program of a Temporal cluster"));
  private final List<Integer> ports = LoopbackPorts.free(2 * SERVICES.size());
  private final Path directory;
  private final Path deploy;
  private final Path tokenKeys;
  private final PostgresCluster postgres;

  /**
   * Makes secrets, databases and their tables; the server does not run yet.
   *
   * @param directory for its files
   * @param deploy the directory of that name in the project
   * @param tokenKeys the public keys (JWKS) of the JSON web tokens that clients must send; null if
   *     they must show a certificate instead
   */
  public ProductionStack(Path directory, Path deploy, Path tokenKeys) {
    this.directory = directory;
    this.deploy = deploy.toAbsolutePath().normalize();
    this.tokenKeys = tokenKeys;
    this.postgres = PostgresCluster.start();
    boolean prepared = false;
    try {
      Path tool = Files.createDirectories(directory.resolve("bin")).resolve("temporal-sql-tool");
      Files.createSymbolicLink(tool, programs.sqlTool());
      // Where it is only in the cache, scripts that need it have to find it, too.
      Optional<Path> temporal = TemporalBinary.ofThisMachine().find();
      if (temporal.isPresent()) {
        Files.createSymbolicLink(tool.resolveSibling("temporal"), temporal.get());
      }
      run("make-secrets", secrets().toString());
      run("databases.sh");
      run("schema.sh");
      prepared = true;
    } catch (IOException e) {
      throw new SandboxException("cannot prepare " + directory, e);
    } finally {
      if (!prepared) {
        postgres.close();
      }
    }
  }

  /** Whether this machine has all that is needed. */
  public static boolean isAvailable() {
    return PostgresCluster.isAvailable() && ProductionPrograms.find().isPresent();
  }

  /** Where an authority may be put before, to sign certificates of its own. */
  public static Path secretsIn(Path directory) {
    return directory.resolve("secrets");
  }

  public PostgresCluster postgres() {
    return postgres;
  }

  public Path secrets() {
    return secretsIn(directory);
  }

  /** The registry's database; its user is {@code uplift}. */
  public String registryUrl() {
    return "jdbc:postgresql://127.0.0.1:" + postgres.port() + "/uplift";
  }

  public Path registryPasswordFile() {
    return secrets().resolve("uplift-database");
  }

  /** How a client with a certificate connects. */
  public EngineSecurity mutualTls() {
    return new EngineSecurity(
        secrets().resolve("ca.pem"),
        secrets().resolve("uplift.pem"),
        secrets().resolve("uplift.key"),
        null,
        null,
        false);
  }

  /**
   * Starts the server and returns when it has its namespace, which is made at the first time.
   *
   * @param administrator how that is done
   */
  public EngineProcess startServer(EngineSecurity administrator) {
    List<String> words = new ArrayList<>(List.of("env"));
    environment().forEach((name, value) -> words.add(name + "=" + value));
    words.add(programs.server().toString());
    words.addAll(List.of("--config-file", deploy.resolve("temporal.yaml").toString()));
    words.addAll(List.of("--allow-no-auth", "start"));
    SERVICES.forEach(service -> words.addAll(List.of("--service", service)));
    return EngineProcess.start(
        "the Temporal server",
        Watched.command(words),
        new EngineAddress(
            "127.0.0.1:" + ports.get(0), EngineProcess.NAMESPACE, false, administrator),
        null,
        directory.resolve("server.log"),
        ProductionStack::hasNamespace);
  }

  @Override
  public void close() {
    postgres.close();
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(postgres.environment());
    environment.put(
        "PATH", directory.resolve("bin") + File.pathSeparator + postgres.environment().get("PATH"));
    environment.put("SECRETS", secrets().toString());
    environment.put("POSTGRES_ADDRESS", "127.0.0.1:" + postgres.port());
    environment.put("POSTGRES_PASSWORD_FILE", secrets().resolve("temporal-database").toString());
    environment.put("TEMPORAL_SCHEMA", programs.schema().toString());
    environment.put("TEMPORAL_LOG_LEVEL", "warn");
    environment.put("TEMPORAL_ADDRESS", "127.0.0.1:" + ports.get(0));
    environment.put("TEMPORAL_NAMESPACE", "made-by-script");
    environment.put("TEMPORAL_RETENTION", RETENTION.toHours() + "h");
    environment.put("TEMPORAL_BIND", "127.0.0.1");
    environment.put(
        "TEMPORAL_PORTS", ports.stream().map(String::valueOf).collect(Collectors.joining(",")));
    environment.put("TEMPORAL_CERT_FILE", secrets().resolve("temporal.pem").toString());
    environment.put("TEMPORAL_KEY_FILE", secrets().resolve("temporal.key").toString());
    environment.put("TEMPORAL_CA_FILE", secrets().resolve("ca.pem").toString());
    if (tokenKeys != null) {
      environment.put("TEMPORAL_TOKEN_KEYS", tokenKeys.toUri().toString());
    }
    return environment;
  }

  /**
   * Runs one of the project's scripts, as a container would that has the secrets.
   *
   * @throws SandboxException if it fails
   */
  public void run(String script, String... arguments) {
    List<String> words = new ArrayList<>(List.of(deploy.resolve(script).toString()));
    words.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectInput(new File("/dev/null")).redirectErrorStream(true);
    builder.environment().putAll(environment());
    try {
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new SandboxException(script + " failed: " + output);
      }
    } catch (IOException e) {
      throw new SandboxException(script + " cannot be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException("interrupted", e);
    }
  }

  private static boolean hasNamespace(WorkflowServiceStubs service) {
    try {
      patient(service)
          .describeNamespace(
              DescribeNamespaceRequest.newBuilder().setNamespace(EngineProcess.NAMESPACE).build());
      return true;
    } catch (StatusRuntimeException notYet) {
      if (EngineProblem.isUnknownNamespace(notYet)) {
        makeNamespace(service);
      }
      return false;
    }
  }

  private static void makeNamespace(WorkflowServiceStubs service) {
    try {
      patient(service)
          .registerNamespace(
              RegisterNamespaceRequest.newBuilder()
                  .setNamespace(EngineProcess.NAMESPACE)
                  .setWorkflowExecutionRetentionPeriod(
                      com.google.protobuf.Duration.newBuilder().setSeconds(RETENTION.toSeconds()))
                  .build());
    } catch (StatusRuntimeException tryAgain) {
      // It is asked for again until it is there.
    }
  }

  private static WorkflowServiceBlockingStub patient(WorkflowServiceStubs service) {
    return service
        .blockingStub()
        .withDeadlineAfter(ANSWER_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }
}
