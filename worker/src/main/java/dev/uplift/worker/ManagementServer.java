package dev.uplift.worker;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.uplift.engine.Engine;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Tells health and metrics over HTTP, under the paths that the API has them. Never in the way of
 * the work: if its port is taken, the worker works without it.
 */
@Component
class ManagementServer implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(ManagementServer.class);

  // Whoever sends nothing, or does not read the answer, holds a thread until the JDK cuts him off.
  private static final int THREADS = 16;
  private static final int BACKLOG = 64;
  private static final Duration THREADS_IDLE_FOR = Duration.ofSeconds(30);
  private static final Duration REQUEST_ARRIVES_WITHIN = Duration.ofSeconds(5);
  private static final Duration ANSWER_IS_TAKEN_WITHIN = Duration.ofSeconds(20);

  // The JDK reads these when the first server is made.
  static {
    limit("sun.net.httpserver.maxReqTime", REQUEST_ARRIVES_WITHIN);
    limit("sun.net.httpserver.maxRspTime", ANSWER_IS_TAKEN_WITHIN);
  }

  private static final Duration ENGINE_ANSWERS_WITHIN = Duration.ofSeconds(2);
  private static final String JSON = "application/json";
  private static final String PROBLEM = "application/problem+json";
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  private final WorkerProperties.ManagementProperties settings;
  private final PrometheusMeterRegistry metrics;
  private final Engine engine;
  private final TemporalWorkers workers;
  private HttpServer server;
  private ExecutorService threads;

  ManagementServer(
      WorkerProperties properties,
      PrometheusMeterRegistry metrics,
      Engine engine,
      TemporalWorkers workers) {
    this.settings = properties.management();
    this.metrics = metrics;
    this.engine = engine;
    this.workers = workers;
  }

  @Override
  public synchronized void start() {
    if (settings.port() == 0) {
      return;
    }
    InetSocketAddress address = new InetSocketAddress(settings.bind(), settings.port());
    try {
      server = HttpServer.create(address, BACKLOG);
    } catch (IOException taken) {
      log.error(
          "health and metrics cannot be told at {} ({}): the worker works without; set"
              + " uplift.management.port to a free port, or to 0",
          address,
          taken.getMessage());
      return;
    }
    threads = threads();
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
    log.info("health and metrics at {}", address);
  }

  private static void limit(String property, Duration time) {
    System.getProperties().putIfAbsent(property, Long.toString(time.toSeconds()));
  }

  private static ExecutorService threads() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            THREADS_IDLE_FOR.toSeconds(),
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            ManagementServer::thread);
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "management");
    thread.setDaemon(true);
    return thread;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!method.equals("GET") && !method.equals("HEAD")) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        send(exchange, 405, PROBLEM, problem(405, "Method Not Allowed"));
        return;
      }
      switch (exchange.getRequestURI().getPath()) {
        case "/actuator/health/liveness" -> send(exchange, Health.alive());
        case "/actuator/health/readiness", "/actuator/health" -> send(exchange, readiness());
        case "/actuator/prometheus" -> send(exchange, 200, METRICS, metrics.scrape());
        default -> send(exchange, 404, PROBLEM, problem(404, "Not Found"));
      }
    } catch (RuntimeException defect) {
      log.error("{} failed", exchange.getRequestURI(), defect);
    }
  }

  private Health readiness() {
    return Health.ready(engineAnswers(), workers.isTakingWork());
  }

  private boolean engineAnswers() {
    try {
      engine.answer(ENGINE_ANSWERS_WITHIN);
      return true;
    } catch (RuntimeException away) {
      return false;
    }
  }

  private void send(HttpExchange exchange, Health health) throws IOException {
    // Whoever is not on this machine learns no more than what a load balancer needs.
    boolean withDetails = settings.bind().isLoopbackAddress();
    send(exchange, health.httpStatus(), JSON, health.json(withDetails));
  }

  private static String problem(int status, String title) {
    return "{\"title\":\"%s\",\"status\":%d}".formatted(title, status);
  }

  private static void send(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
    if (!head) {
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public synchronized void stop() {
    if (server != null) {
      server.stop(0);
      threads.shutdownNow();
      server = null;
    }
  }

  @Override
  public synchronized boolean isRunning() {
    return server != null;
  }

  // Before work is taken, and until all of it is drained.
  @Override
  public int getPhase() {
    return 0;
  }
}
