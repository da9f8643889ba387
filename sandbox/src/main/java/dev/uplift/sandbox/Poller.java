package dev.uplift.sandbox;

import dev.uplift.sandbox.Outage.Observation;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks both services of a tenant again and again, each in a thread of its own, and tells how long
 * the tenant was down as its users see it.
 */
public final class Poller implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofMillis(10);

  private final long intervalNanos;
  private final List<Observation> observations = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  Poller(Map<String, URI> services) {
    this(services, INTERVAL);
  }

  private Poller(Map<String, URI> services, Duration interval) {
    this.intervalNanos = interval.toNanos();
    services.forEach(
        (service, url) ->
            threads.add(new Thread(() -> poll(service, new Probe(url)), "poller-" + service)));
    threads.forEach(thread -> thread.setDaemon(true));
    threads.forEach(Thread::start);
  }

  /** Asks every 10 ms, and begins at once. */
  public static Poller of(SandboxTenant tenant) {
    return every(INTERVAL, tenant);
  }

  /** Begins at once. */
  public static Poller every(Duration interval, SandboxTenant tenant) {
    return new Poller(Map.of("api", tenant.health(), "frontend", tenant.frontend()), interval);
  }

  private void poll(String service, Probe probe) {
    while (!closed) {
      long began = System.nanoTime();
      boolean good = probe.isGood();
      synchronized (observations) {
        if (!closed) {
          observations.add(new Observation(service, System.nanoTime(), good));
        }
      }
      LockSupport.parkNanos(began + intervalNanos - System.nanoTime());
    }
  }

  /**
   * From the last moment when all services were good to the first when all are good again; of
   * several outages the sum.
   *
   * @throws IllegalStateException if the tenant is down now
   */
  public Duration downtime() {
    List<Outage> outages = outages();
    if (!outages.stream().allMatch(Outage::isOver)) {
      throw new IllegalStateException("the tenant is down");
    }
    return outages.stream().map(Outage::duration).reduce(Duration.ZERO, Duration::plus);
  }

  /** Whether the tenant is down now, as far as was seen. */
  public boolean isDown() {
    return !outages().stream().allMatch(Outage::isOver);
  }

  /** How often the tenant was down, counting one that is not over. */
  public int outageCount() {
    return outages().size();
  }

  /** How many answers, good or not, were seen. */
  public int observationCount() {
    synchronized (observations) {
      return observations.size();
    }
  }

  private List<Outage> outages() {
    synchronized (observations) {
      return Outage.in(observations);
    }
  }

  /** Ends the polling; what was seen stays. */
  @Override
  public void close() {
    synchronized (observations) {
      closed = true;
    }
    for (Thread thread : threads) {
      thread.interrupt();
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
