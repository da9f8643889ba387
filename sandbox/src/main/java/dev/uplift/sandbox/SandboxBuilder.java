package dev.uplift.sandbox;

import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What a sandbox is to contain; {@link #start} makes it. */
public final class SandboxBuilder {
  private static final List<String> NAMES =
      List.of("testsite", "acme", "globex", "initech", "umbrella", "hooli", "stark", "wayne");

  private final Path directory;
  private int tenants = 3;
  private int rowsPerTenant = 100;
  private String release = "v0.2.0";
  private HostName host = new HostName("local");
  private String prefix = "";
  private int modulesPerWheel;
  private boolean singleBranchClones;
  private boolean deletedWhenClosed;
  private final Map<String, String> rings =
      new HashMap<>(Map.of("testsite", "test", "acme", "canary"));
  private final Map<String, String> timeouts =
      new TreeMap<>(
          Map.of(
              "health_deadline", "2m",
              "health_window", "5s",
              "health_interval", "100ms",
              "probe", "2s",
              "stop", "90s",
              "migrations", "30m"));

  SandboxBuilder(Path directory) {
    this.directory = directory;
  }

  /** How many; 3 if not said. The first is always {@code testsite}. */
  public SandboxBuilder tenants(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("a sandbox has at least one tenant, not " + count);
    }
    this.tenants = count;
    return this;
  }

  /** How many people each tenant knows at the start; 100 if not said. */
  public SandboxBuilder rows(int perTenant) {
    if (perTenant < 0) {
      throw new IllegalArgumentException("rows: " + perTenant);
    }
    this.rowsPerTenant = perTenant;
    return this;
  }

  /** The release that the tenants have at the start; {@code v0.2.0} if not said. */
  public SandboxBuilder release(String tag) {
    SampleApp.load().release(tag);
    this.release = tag;
    return this;
  }

  /** The name of the host of all tenants; {@code local} if not said. */
  public SandboxBuilder host(String name) {
    this.host = new HostName(name);
    return this;
  }

  /**
   * What all tenants' names begin with, so that sandboxes can be told apart; nothing if not said.
   */
  public SandboxBuilder prefix(String ofNames) {
    this.prefix = ofNames;
    return this;
  }

  /** Without this, testsite is in the test ring, acme the canary, and all others in production. */
  public SandboxBuilder ring(String tenant, String ring) {
    rings.put(tenant, ring);
    return this;
  }

  /** Changes a timeout in the profile, like {@code health_window} to {@code 1s}. */
  public SandboxBuilder timeout(String name, String duration) {
    if (timeouts.put(name, duration) == null) {
      throw new IllegalArgumentException("a profile has no timeout " + name);
    }
    return this;
  }

  /** For benchmarks: see {@link Wheels}. */
  public SandboxBuilder modulesPerWheel(int count) {
    this.modulesPerWheel = count;
    return this;
  }

  /**
   * Clones with a refspec that fetches nothing but the first release's tag, as many people have.
   */
  public SandboxBuilder singleBranchClones() {
    this.singleBranchClones = true;
    return this;
  }

  /** Whether {@link Sandbox#close} deletes the directory. */
  public SandboxBuilder deletedWhenClosed() {
    this.deletedWhenClosed = true;
    return this;
  }

  /**
   * Makes everything and starts the services; returns when all are healthy.
   *
   * @throws SandboxException if a prerequisite is missing or something fails; no service is left
   *     running then
   */
  public Sandbox start() {
    requireEmptyDirectory();
    ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      Sandbox sandbox = make(pool);
      pool.shutdown();
      return sandbox;
    } catch (IOException e) {
      throw clearedUp(
          pool, new SandboxException("the sandbox cannot be written: " + e.getMessage(), e));
    } catch (RuntimeException e) {
      throw clearedUp(pool, e);
    }
  }

  /** {@code failure}, when nothing of what it has cut short runs any more. */
  private RuntimeException clearedUp(ExecutorService pool, RuntimeException failure) {
    try {
      // Where no interruption of this thread cuts it short.
      CompletableFuture.runAsync(() -> clearUp(pool)).join();
    } catch (CompletionException left) {
      failure.addSuppressed(left.getCause());
    }
    return failure;
  }

  private void clearUp(ExecutorService pool) {
    // Nothing may start a service any more when they are stopped.
    close(pool);
    Sandbox.stopServicesIn(directory);
  }

  private Sandbox make(ExecutorService pool) throws IOException {
    SampleApp app = SampleApp.load();
    Files.createDirectories(Sandbox.checkouts(directory));
    Files.createDirectories(Sandbox.definitions(directory));
    CompletableFuture<VirtualEnvironment> python =
        CompletableFuture.supplyAsync(this::createVirtualEnvironment, pool);
    Upstream upstream = Upstream.create(app, directory.resolve("upstream").resolve("cbapp.git"));
    Sandbox sandbox = new Sandbox(directory, host, upstream, describeTenants(), deletedWhenClosed);
    Files.writeString(
        sandbox.fleetFile(),
        FleetText.of(
            host,
            upstream.url(),
            timeouts,
            sandbox.tenants().stream().map(SandboxTenant::tenant).toList()));

    // Cloned before later releases are published: a checkout knows nothing of them.
    upstream.publishThrough(release);
    NewTenant steps = new NewTenant(sandbox, release, rowsPerTenant, singleBranchClones);
    CompletableFuture<Void> cloned = forEachTenant(sandbox, steps::cloneAndConfigure, pool);
    new Wheels(modulesPerWheel).writeAll(app, Sandbox.wheels(directory));
    Path requirements = directory.resolve("requirements.txt");
    Files.write(requirements, app.tree(release).get("requirements.txt"));
    VirtualEnvironment filled = result(python);
    filled.install(requirements);
    result(cloned);
    upstream.publishAll();

    result(forEachTenant(sandbox, tenant -> steps.installAndStart(tenant, filled), pool));
    sandbox.tenants().forEach(steps::awaitHealthy);
    return sandbox;
  }

  /** Unlike {@code join}, it ends when this thread is interrupted. */
  private static <T> T result(CompletableFuture<T> work) {
    try {
      return work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException("interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new SandboxException("the sandbox cannot be made", e.getCause());
    }
  }

  private void requireEmptyDirectory() {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> content = Files.list(directory)) {
      if (content.findAny().isPresent()) {
        throw new SandboxException(directory + " is not empty; name another directory");
      }
    } catch (IOException e) {
      throw new SandboxException(directory + " cannot be read", e);
    }
  }

  private VirtualEnvironment createVirtualEnvironment() {
    return VirtualEnvironment.create(directory.resolve("venv"), Sandbox.pipEnvironment(directory));
  }

  private List<SandboxTenant> describeTenants() {
    List<Integer> ports = LoopbackPorts.free(3 * tenants);
    List<SandboxTenant> described = new ArrayList<>();
    for (int number = 0; number < tenants; number++) {
      String name = number < NAMES.size() ? NAMES.get(number) : "tenant-" + (number + 1);
      List<Integer> own = ports.subList(3 * number, 3 * number + 3);
      described.add(
          new SandboxTenant(
              new Tenant(
                  new Slug(prefix + name),
                  "cbapp",
                  host,
                  Sandbox.checkouts(directory).resolve(prefix + name).toString(),
                  rings.getOrDefault(prefix + name, "production"),
                  Map.of(),
                  Map.of("api", own.get(0), "frontend", own.get(1), "metrics", own.get(2)))));
    }
    return described;
  }

  private static CompletableFuture<Void> forEachTenant(
      Sandbox sandbox, Consumer<SandboxTenant> work, ExecutorService pool) {
    return CompletableFuture.allOf(
        sandbox.tenants().stream()
            .map(tenant -> CompletableFuture.runAsync(() -> work.accept(tenant), pool))
            .toArray(CompletableFuture[]::new));
  }

  private static void close(ExecutorService pool) {
    pool.shutdownNow();
    try {
      pool.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
