package dev.uplift.api;

import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.token.Scope;
import dev.uplift.api.token.Tokens;
import dev.uplift.backup.BackupsWorkflowImpl;
import dev.uplift.check.CheckReport;
import dev.uplift.check.CheckWorkflowImpl;
import dev.uplift.check.TenantCheck;
import dev.uplift.engine.Engine;
import dev.uplift.engine.TaskQueues;
import dev.uplift.evidence.EvidencePiece;
import dev.uplift.evidence.EvidenceReader;
import dev.uplift.evidence.EvidenceReport;
import dev.uplift.evidence.EvidenceRequest;
import dev.uplift.evidence.EvidenceWorkflowImpl;
import dev.uplift.ledger.LedgerWorkflowImpl;
import dev.uplift.probe.ProbeWorkflowImpl;
import dev.uplift.probe.Probed;
import dev.uplift.probe.TenantProbe;
import dev.uplift.probe.Unhealthy;
import dev.uplift.rollback.RollbackPreview;
import dev.uplift.rollback.RollbackPreviewWorkflowImpl;
import dev.uplift.rollback.RollbackPreviewer;
import dev.uplift.rollback.RollbackQuestion;
import dev.uplift.rollback.TableChange;
import dev.uplift.rollout.RolloutWorkflowImpl;
import dev.uplift.tenant.HostName;
import dev.uplift.upgrade.Failure;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.ReleaseWorkflowImpl;
import dev.uplift.upgrade.ResumeWorkflowImpl;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.version.VersionInfo;
import dev.uplift.version.VersionLookup;
import dev.uplift.version.VersionRequest;
import dev.uplift.version.VersionWorkflowImpl;
import io.temporal.worker.WorkerFactory;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API over HTTP, with an engine and a worker whose upgrades are fakes. */
final class ApiWorld implements AutoCloseable {
  static final String FLEET =
      """
      hosts:
        web-1: {}
        gone: {}
      tenants:
        acme: {app: cbapp, host: web-1, path: /srv/acme, ports: {api: 8001, frontend: 8002}}
        zeta: {app: cbapp, host: web-1, path: /srv/zeta, ring: test, ports: {api: 8011, frontend: 8012}}
        lost: {app: cbapp, host: gone, path: /srv/lost, ports: {api: 8001, frontend: 8002}}
      """;

  final AtomicInteger lookUps = new AtomicInteger();

  final FakeBackups backups = new FakeBackups();

  /** Tenants that do not pass their health checks. */
  final Set<String> ill = ConcurrentHashMap.newKeySet();

  /** What happens while a host is asked for the version of a tenant. */
  volatile Runnable duringLookUp = () -> {};

  /** What a host says of rollbacks. */
  volatile RollbackPreview preview;

  /** What hosts were asked about rollbacks. */
  final Queue<RollbackQuestion> questions = new ConcurrentLinkedQueue<>();

  final RegistryAddress registry;
  final String admin;
  final String upgrader;
  final String reader;
  final LoopbackEngine engine = new LoopbackEngine();
  final Engine connection = engine.connect();
  private WorkerFactory workers;
  private final List<String> settings;
  private ConfigurableApplicationContext api;
  private final HttpClient http = HttpClient.newHttpClient();
  private final JsonMapper json = JsonMapper.shared();

  /**
   * @param settings of the API, like {@code --uplift.public-url=…}
   */
  ApiWorld(Path directory, String... settings) throws Exception {
    this(RegistryAddress.file(directory.resolve("state/registry.db")), settings);
  }

  ApiWorld(RegistryAddress registry, String... settings) throws Exception {
    this.registry = registry;
    this.settings = List.of(settings);
    // The fake keeps its plans in a static field: another test's worlds may have left theirs.
    FakeUpgrade.PLANS.clear();
    admin = Tokens.create(registry, "ada", Set.of(Scope.ADMIN), Duration.ofHours(1));
    upgrader = Tokens.create(registry, "uma", Set.of(Scope.UPGRADE), Duration.ofHours(1));
    reader = Tokens.create(registry, "ron", Set.of(Scope.READ), Duration.ofHours(1));
    connection.awaitReady();
    startWorkers();
    startApi();
    HttpResponse<String> applied =
        send(
            request("/api/fleet", admin)
                .header("Content-Type", "application/yaml")
                .POST(BodyPublishers.ofString(FLEET)));
    if (applied.statusCode() != 200) {
      throw new IllegalStateException(applied.body());
    }
    // A JVM's first question to a host may be late: it loads the classes of both sides.
    eventually(() -> get("/api/tenants/acme/version").statusCode() == 200);
  }

  private VersionInfo lookUp(VersionRequest request) {
    lookUps.incrementAndGet();
    duringLookUp.run();
    boolean known = request.target() == null || !request.target().name().equals("v0.8.0");
    return new VersionInfo(
        "v0.2.0",
        "295fb7f",
        "v0.3.0",
        "17b3ab3",
        true,
        known ? "17b3ab3000000000000000000000000000000000" : null,
        null,
        Instant.parse("2026-01-02T03:04:05Z"));
  }

  private List<Unhealthy> probed(List<Probed> tenants) {
    return tenants.stream()
        .map(one -> one.tenant().id().value())
        .filter(ill::contains)
        .map(tenant -> new Unhealthy(tenant, "http://x/health answered 500"))
        .toList();
  }

  private RollbackPreview previewed(RollbackQuestion question) {
    questions.add(question);
    return preview;
  }

  /** Of a tenant that was upgraded by that. */
  static RollbackPreview previewOf(String upgrade) {
    return new RollbackPreview(
        UUID.fromString(upgrade),
        Operation.UPGRADE,
        "v0.3.0",
        "v0.2.0",
        "295fb7f000000000000000000000000000000000",
        "/srv/zeta/db/pocket.db.backup_1",
        "2026-01-02T03:04:05Z",
        List.of(new TableChange("person", 3L, 1L, 2L, 200L, 202L, null)),
        "Rows are only counted.",
        null);
  }

  private static CheckReport check(UpgradePlan plan) {
    Failure failure =
        plan.target() == null
            ? null
            : new Failure("InspectTenant", FailureKind.UNHEALTHY, "It is ill.", "seen", "do");
    return new CheckReport(
        failure == null,
        "v0.2.0",
        "295fb7f",
        "v0.3.0",
        true,
        failure == null,
        List.of(new CheckReport.Unit(plan.tenant().id() + "-api", true)),
        4096L,
        null,
        List.of(),
        failure,
        Instant.parse("2026-01-02T03:04:05Z"));
  }

  /** Of every tenant but zeta, of which there is nothing. */
  private static EvidenceReport evidence(EvidenceRequest request) {
    Instant at = Instant.parse("2026-01-02T03:04:05Z");
    boolean nothing = request.tenant().value().equals("zeta");
    return new EvidenceReport(
        request.upgradeId(),
        request.tenant().value(),
        at,
        nothing ? List.of() : List.of(new EvidencePiece("git/afterwards", at, "clean\n", 7)),
        nothing ? List.of() : List.of(Map.of("event", "OPENED", "input", Map.of("n", 1))),
        0);
  }

  int port() {
    return ((WebServerApplicationContext) api).getWebServer().getPort();
  }

  /** A part of the running API, for what no call from outside can bring about in a test's time. */
  <T> T part(Class<T> type) {
    return api.getBean(type);
  }

  void startApi() {
    List<String> arguments = new ArrayList<>(settings);
    arguments.add("--uplift.port=0");
    arguments.add("--uplift.database=" + registry.database());
    if (registry.isPostgresql()) {
      arguments.add("--uplift.database-user=" + registry.user());
      arguments.add("--uplift.database-password-file=" + registry.passwordFile());
    }
    arguments.add("--uplift.engine.target=" + engine.target());
    arguments.add("--uplift.engine.embedded=true");
    api = ApiApplication.run(arguments.toArray(String[]::new));
  }

  /** Ends the API as a signal would. */
  void stopApi() {
    api.close();
  }

  void startWorkers() {
    workers = WorkerFactory.newInstance(connection.client());
    workers
        .newWorker(TaskQueues.WORKFLOWS)
        .registerWorkflowImplementationTypes(
            FakeUpgrade.class,
            FakeRollback.class,
            FakeRehearsal.class,
            ProbeWorkflowImpl.class,
            ResumeWorkflowImpl.class,
            RolloutWorkflowImpl.class,
            ReleaseWorkflowImpl.class,
            VersionWorkflowImpl.class,
            CheckWorkflowImpl.class,
            EvidenceWorkflowImpl.class,
            BackupsWorkflowImpl.class,
            RollbackPreviewWorkflowImpl.class,
            LedgerWorkflowImpl.class);
    workers
        .newWorker(TaskQueues.ofHost(HostName.of("web-1")))
        .registerActivitiesImplementations(
            (VersionLookup) this::lookUp,
            (TenantCheck) ApiWorld::check,
            (EvidenceReader) ApiWorld::evidence,
            backups,
            (RollbackPreviewer) this::previewed,
            (TenantProbe) this::probed,
            new FakeHolds());
    workers.start();
  }

  /** Nobody carries out workflows or steps any more. */
  void stopWorkers() {
    workers.shutdownNow();
    workers.awaitTermination(5, TimeUnit.SECONDS);
  }

  HttpRequest.Builder request(String path, String token) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
            .timeout(Duration.ofSeconds(30));
    return token == null ? request : request.header("Authorization", "Bearer " + token);
  }

  HttpResponse<String> get(String path) {
    return send(request(path, admin).GET());
  }

  HttpResponse<String> post(String path, String body) {
    return send(
        request(path, admin)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  HttpResponse<String> put(String path, String body) {
    return send(
        request(path, admin)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(body)));
  }

  HttpResponse<String> delete(String path) {
    return send(request(path, admin).DELETE());
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(stopped);
    }
  }

  CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest.Builder request) {
    return http.sendAsync(request.build(), BodyHandlers.ofString());
  }

  JsonNode json(HttpResponse<String> response) {
    return json.readTree(response.body());
  }

  static void eventually(BooleanSupplier condition) throws InterruptedException {
    eventually(Duration.ofSeconds(60), condition);
  }

  static void eventually(Duration patience, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("did not happen within " + patience.toSeconds() + " s");
      }
      Thread.sleep(20);
    }
  }

  @Override
  public void close() {
    api.close();
    stopWorkers();
    connection.close();
    engine.close();
  }
}
