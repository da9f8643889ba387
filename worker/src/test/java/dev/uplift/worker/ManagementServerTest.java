package dev.uplift.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that connect and then keep still. */
@Timeout(60)
class ManagementServerTest {
  private static final Duration AT_ONCE = Duration.ofSeconds(3);
  private static final Duration AFTER_THEIR_TIME = Duration.ofSeconds(20);
  private static final int MORE_THAN_THREADS = 40;

  private final InetAddress loopback = InetAddress.getLoopbackAddress();
  private final List<Socket> stalled = new ArrayList<>();
  private ManagementServer server;
  private int port;

  @BeforeEach
  void start() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, loopback)) {
      port = free.getLocalPort();
    }
    WorkerProperties properties =
        new WorkerProperties(
            Set.of(WorkerProperties.Role.WORKFLOWS),
            null,
            null,
            new WorkerProperties.ManagementProperties(loopback, port),
            Duration.ZERO);
    server =
        new ManagementServer(
            properties, new PrometheusMeterRegistry(PrometheusConfig.DEFAULT), null, null);
    server.start();
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : stalled) {
      socket.close();
    }
    server.stop();
  }

  @Test
  void twoThatHaveSentHalfALineKeepNobodyWaiting() throws Exception {
    // The first request of a JVM loads what it needs.
    assertThat(status(AFTER_THEIR_TIME)).isEqualTo(200);
    stall(2);

    assertThat(status(AT_ONCE)).isEqualTo(200);
  }

  @Test
  void anyNumberOfThemIsCutOff() throws Exception {
    stall(MORE_THAN_THREADS);

    assertThat(status(AFTER_THEIR_TIME)).isEqualTo(200);
    stalled.get(0).setSoTimeout((int) AFTER_THEIR_TIME.toMillis());
    assertThat(stalled.get(0).getInputStream().read()).as("the end of the stream").isEqualTo(-1);
  }

  private void stall(int clients) throws IOException {
    for (int i = 0; i < clients; i++) {
      Socket socket = new Socket(loopback, port);
      stalled.add(socket);
      socket.getOutputStream().write("GET /actua".getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
    }
  }

  private int status(Duration within) throws Exception {
    URI liveness = URI.create("http://127.0.0.1:" + port + "/actuator/health/liveness");
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(liveness).timeout(within).build(), BodyHandlers.discarding())
        .statusCode();
  }
}
