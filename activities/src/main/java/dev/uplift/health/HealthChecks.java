package dev.uplift.health;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.HealthCheck;
import dev.uplift.profile.Placeholders;
import dev.uplift.tenant.Tenant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The health checks of one tenant, made together round by round. */
public final class HealthChecks implements AutoCloseable {

  /** What a check's latest request met and what it means. */
  public record Result(HealthCheck check, Answer answer, HealthVerdict verdict) {}

  private final Probe probe;
  private final List<HealthCheck> checks;
  private final Duration timeout;
  private final String expectedVersion;
  private final ExecutorService threads;

  /**
   * @param checks with their URLs filled in
   * @param timeout of one request
   * @param expectedVersion the release's tag; null if any will do
   */
  public HealthChecks(
      Probe probe, List<HealthCheck> checks, Duration timeout, String expectedVersion) {
    this.probe = probe;
    this.checks = List.copyOf(checks);
    this.timeout = timeout;
    this.expectedVersion = expectedVersion;
    this.threads = Executors.newCachedThreadPool(HealthChecks::daemon);
  }

  /** The profile's checks with the tenant's slug and ports filled in. */
  public static List<HealthCheck> filled(Tenant tenant, AppProfile profile) {
    Placeholders placeholders = Placeholders.of(tenant);
    return profile.health().stream()
        .map(
            check ->
                new HealthCheck(
                    placeholders.fill(check.url()), check.status(), check.contains(), check.json()))
        .toList();
  }

  /** Makes every check once, at the same time. */
  public List<Result> round() throws InterruptedException {
    List<Future<Result>> running = new ArrayList<>();
    for (HealthCheck check : checks) {
      running.add(threads.submit(() -> make(check)));
    }
    List<Result> results = new ArrayList<>();
    for (Future<Result> result : running) {
      try {
        results.add(result.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
    return results;
  }

  private Result make(HealthCheck check) {
    Answer answer = probe.get(check.url(), timeout);
    return new Result(check, answer, HealthVerdict.of(check, answer, expectedVersion));
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "health-check");
    thread.setDaemon(true);
    return thread;
  }
}
