package dev.uplift.sandbox.engine;

import dev.uplift.engine.EngineAddress;
import dev.uplift.engine.EngineProblem;
import dev.uplift.engine.EngineSecurity;
import dev.uplift.sandbox.LoopbackPorts;
import dev.uplift.sandbox.Watched;
import dev.uplift.sandbox.postgres.PostgresCluster;
import io.grpc.StatusRuntimeException;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.api.workflowservice.v1.RegisterNamespaceRequest;
import io.temporal.api.workflowservice.v1.WorkflowServiceGrpc.WorkflowServiceBlockingStub;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A Temporal cluster of one process on PostgreSQL, set up as docker-compose.yml does it: schema,
 * server, namespace.
 */
public final class ProductionServer {
  private static final List<String> DATABASES = List.of("temporal", "temporal_visibility");

  // The cluster's own workers use the internal frontend: they have neither certificate nor token.
  private static final List<String> SERVICES =
      List.of("frontend", "internal-frontend", "matching", "history", "worker");

  private static final int PORTS = 2 * SERVICES.size();
  private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(5);
  private static final Duration RETENTION = Duration.ofDays(3);

  private final ProductionPrograms programs;
  private final Path config;
  private final Path log;
  private final EngineAddress address;

  private ProductionServer(
      ProductionPrograms programs, Path config, Path log, EngineAddress address) {
    this.programs = programs;
    this.config = config;
    this.log = log;
    this.address = address;
  }

  /**
   * Makes schema and configuration; nothing runs yet.
   *
   * @param directory a new one, for its files
   * @param tls null for a frontend without
   * @param client how its administrator connects
   */
  public static ProductionServer prepare(
      ProductionPrograms programs,
      PostgresCluster postgres,
      Path directory,
      FrontendTls tls,
      EngineSecurity client) {
    List<Integer> ports = LoopbackPorts.free(PORTS);
    Path config = directory.resolve("server.yaml");
    try {
      Files.createDirectories(directory);
      Files.writeString(config, configuration(ports, postgres.port(), tls));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    DATABASES.forEach(database -> makeSchema(programs, postgres.port(), database));
    return new ProductionServer(
        programs,
        config,
        directory.resolve("server.log"),
        new EngineAddress("127.0.0.1:" + ports.get(0), EngineProcess.NAMESPACE, false, client));
  }

  public EngineAddress address() {
    return address;
  }

  public Path log() {
    return log;
  }

  /** Starts it and returns when it has its namespace, which is made at the first time. */
  public EngineProcess start() {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(programs.server().toString(), "--config-file", config.toString()));
    command.addAll(List.of("--allow-no-auth", "start"));
    SERVICES.forEach(service -> command.addAll(List.of("--service", service)));
    return EngineProcess.start(
        "the Temporal server",
        Watched.command(command),
        address,
        null,
        log,
        ProductionServer::hasNamespace);
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

  private static void makeSchema(ProductionPrograms programs, int port, String database) {
    Path versions =
        programs
            .schema()
            .resolve(database.equals("temporal") ? "temporal" : "visibility")
            .resolve("versioned");
    sql(programs, port, database, "create");
    sql(programs, port, database, "setup-schema", "-v", "0.0");
    sql(programs, port, database, "update-schema", "-d", versions.toString());
  }

  private static void sql(
      ProductionPrograms programs, int port, String database, String... command) {
    String[] connection = {
      "--plugin",
      "postgres12",
      "--ep",
      "127.0.0.1",
      "-p",
      Integer.toString(port),
      "-u",
      PostgresCluster.USER,
      "--pw",
      PostgresCluster.PASSWORD,
      "--db",
      database
    };
    String[] words = Arrays.copyOf(connection, connection.length + command.length);
    System.arraycopy(command, 0, words, connection.length, command.length);
    ProductionPrograms.run(programs.sqlTool(), words);
  }

  private static String configuration(List<Integer> ports, int databasePort, FrontendTls tls) {
    return """
        log: {stdout: true, level: warn}
        persistence:
          defaultStore: default
          visibilityStore: visibility
          numHistoryShards: 4
          datastores:
            default: %s
            visibility: %s
        global:
          membership: {maxJoinDuration: 30s, broadcastAddress: "127.0.0.1"}
          tls: %s
          authorization: %s
        services: %s
        clusterMetadata:
          enableGlobalNamespace: false
          failoverVersionIncrement: 10
          masterClusterName: active
          currentClusterName: active
          clusterInformation:
            active: {enabled: true, initialFailoverVersion: 1, rpcName: frontend, rpcAddress: "127.0.0.1:%d"}
        """
        .formatted(
            store(databasePort, "temporal", 20),
            store(databasePort, "temporal_visibility", 10),
            tls(tls),
            authorization(tls),
            services(ports),
            ports.get(0));
  }

  private static String services(List<Integer> ports) {
    return IntStream.range(0, SERVICES.size())
        .mapToObj(
            i ->
                "%s: {rpc: {grpcPort: %d, membershipPort: %d, bindOnIP: 127.0.0.1}}"
                    .formatted(SERVICES.get(i), ports.get(2 * i), ports.get(2 * i + 1)))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String store(int port, String database, int connections) {
    return """
        {sql: {pluginName: postgres12, databaseName: %s, connectAddr: "127.0.0.1:%d", connectProtocol: tcp, \
        user: "%s", password: "%s", maxConns: %d, maxIdleConns: %d, maxConnLifetime: 1h}}"""
        .formatted(
            database,
            port,
            PostgresCluster.USER,
            PostgresCluster.PASSWORD,
            connections,
            connections);
  }

  private static String tls(FrontendTls tls) {
    if (tls == null) {
      return "{}";
    }
    String wanted = ", requireClientAuth: true, clientCaFiles: [\"" + tls.caFile() + "\"]";
    return "{frontend: {server: {certFile: \"%s\", keyFile: \"%s\"%s}}}"
        .formatted(
            tls.certificate().certificate(),
            tls.certificate().key(),
            tls.wantsCertificates() ? wanted : "");
  }

  private static String authorization(FrontendTls tls) {
    return tls == null || tls.tokenKeys() == null
        ? "{}"
        : "{authorizer: default, claimMapper: default, permissionsClaimName: permissions, jwtKeyProvider: {keySourceURIs: [\"%s\"]}}"
            .formatted(tls.tokenKeys().toUri());
  }
}
