package dev.uplift.api.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.uplift.api.notify.ChannelSettings.WebhookSettings;
import dev.uplift.sandbox.engine.TestAuthority;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebhookTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void whatIsTakenIsDelivered() throws Exception {
    answer("/hook", exchange -> send(exchange, 202, "thanks"));

    assertThat(deliver(url("/hook"))).isEqualTo(new Channel.Answer(true, "HTTP 202: thanks"));
  }

  @Test
  void whenAReceiverWantsToBeAskedAgainIsKept() throws Exception {
    answer(
        "/hook",
        exchange -> {
          exchange.getResponseHeaders().set("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT");
          send(exchange, 429, "slow down");
        });

    assertThat(deliver(url("/hook")))
        .isEqualTo(
            new Channel.Answer(
                false, "HTTP 429: slow down", Instant.parse("2026-10-21T07:28:00Z")));
  }

  @Test
  void whatNoDatabaseTakesAndNoLogShowsIsReplaced() throws Exception {
    answer("/hook", exchange -> send(exchange, 500, "a\0b\u001b[31mc\nd"));

    assertThat(deliver(url("/hook")).said()).isEqualTo("HTTP 500: a\ufffdb\ufffd[31mc\nd");
    assertThat(new Channel.Answer(false, "half \ud83d of one, \ud83d\ude00 whole").said())
        .isEqualTo("half \ufffd of one, \ud83d\ude00 whole");
  }

  @Test
  void aRedirectIsNotFollowed() throws Exception {
    AtomicInteger elsewhere = new AtomicInteger();
    answer(
        "/elsewhere",
        exchange -> {
          elsewhere.incrementAndGet();
          send(exchange, 200, "");
        });
    answer(
        "/hook",
        exchange -> {
          exchange.getResponseHeaders().set("Location", "/elsewhere");
          send(exchange, 307, "");
        });

    assertThat(deliver(url("/hook"))).isEqualTo(new Channel.Answer(false, "HTTP 307"));
    assertThat(elsewhere).hasValue(0);
  }

  @Test
  void anAnswerWithoutEndIsCutOff() throws Exception {
    answer(
        "/hook",
        exchange -> {
          exchange.sendResponseHeaders(500, 0);
          try (OutputStream body = exchange.getResponseBody()) {
            while (true) {
              body.write(new byte[4096]);
            }
          }
        });

    Channel.Answer answer = deliver(url("/hook"));

    assertThat(answer.delivered()).isFalse();
    assertThat(answer.said()).startsWith("HTTP 500").hasSizeLessThan(1_100);
  }

  @Test
  void anAnswerThatComesInDropsIsNotWaitedFor() throws Exception {
    answer(
        "/hook",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (OutputStream body = exchange.getResponseBody()) {
            while (true) {
              body.write('.');
              body.flush();
              Thread.sleep(100);
            }
          } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
          }
        });

    long began = System.nanoTime();
    Channel.Answer answer = deliver(url("/hook"));

    assertThat(answer)
        .isEqualTo(
            new Channel.Answer(
                false, "no answer within 5 s: the receiver must answer first and work afterwards"));
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void whoIsNotThereIsToldWithoutTheUrl() throws Exception {
    int nobody;
    try (ServerSocket free = new ServerSocket(0)) {
      nobody = free.getLocalPort();
    }

    Channel.Answer answer = deliver(URI.create("http://127.0.0.1:" + nobody + "/s3cret"));

    assertThat(answer).isEqualTo(new Channel.Answer(false, "ConnectException"));
  }

  @Test
  void anAnswerThatRepeatsTheAddressIsKeptWithoutIt() throws Exception {
    answer(
        "/",
        exchange -> send(exchange, 404, "Cannot POST " + exchange.getRequestURI() + ", no route"));

    assertThat(deliver(url("/hooks/s3cret-path?key=s3cret-key")))
        .isEqualTo(new Channel.Answer(false, "HTTP 404: Cannot POST /hooks/***?key=***, no route"));
  }

  @Test
  void aLongAnswerDoesNotEndInHalfOfTheAddress() throws Exception {
    String filler = "x".repeat(BeginningOfBody.MAX_BYTES - 10);
    answer("/", exchange -> send(exchange, 500, filler + " /s3cret-path/and/more"));

    assertThat(deliver(url("/s3cret-path")).said()).endsWith("x").doesNotContain("s3cr");
  }

  @Test
  void whatIsNoUrlIsToldWithoutIt(@TempDir Path directory) throws Exception {
    Path file = secret(directory, "s3cret", "rw-------");

    assertThat(deliver(new WebhookSettings(null, file.toString(), null, null)).said())
        .contains("URL")
        .doesNotContain("s3cret");
  }

  @Test
  void aSecretThatOthersCanReadMeanwhileIsNotUsed(@TempDir Path directory) throws Exception {
    answer("/hook", exchange -> send(exchange, 202, ""));
    Path file = secret(directory, "s3cret", "rw-------");
    WebhookSettings settings =
        new WebhookSettings(url("/hook").toString(), null, file.toString(), null);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

    Channel.Answer answer = deliver(settings);

    assertThat(answer.delivered()).isFalse();
    assertThat(answer.said()).contains("mode 0644", "chmod 600 " + file).doesNotContain("s3cret");
  }

  @Test
  void aReceiverOfAnAuthorityOfOnesOwnIsTrustedIfThatIsNamed(@TempDir Path directory)
      throws Exception {
    TestAuthority authority = new TestAuthority(directory.resolve("own"));
    TestAuthority stranger = new TestAuthority(directory.resolve("stranger"));
    HttpsServer receiver = encrypted("127.0.0.1", authority.issue("receiver"));
    HttpsServer another = encrypted("127.0.0.2", authority.issue("another"));
    try {
      String url = "https://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
      String notInCertificate = "https://127.0.0.2:" + another.getAddress().getPort() + "/hook";

      assertThat(deliver(trusting(url, null)).said()).isEqualTo("SSLHandshakeException");
      assertThat(deliver(trusting(url, stranger.caFile())).said())
          .isEqualTo("SSLHandshakeException");
      assertThat(deliver(trusting(url, authority.caFile())))
          .isEqualTo(new Channel.Answer(true, "HTTP 202"));
      assertThat(deliver(trusting(notInCertificate, authority.caFile())).said())
          .isEqualTo("SSLHandshakeException");
    } finally {
      receiver.stop(0);
      another.stop(0);
    }
  }

  private static HttpsServer encrypted(String address, TestAuthority.Issued identity)
      throws IOException {
    HttpsServer server = HttpsServer.create(new InetSocketAddress(address, 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(identity.ofServer()));
    server.createContext("/hook", exchange -> send(exchange, 202, ""));
    server.start();
    return server;
  }

  private static WebhookSettings trusting(String url, Path caFile) {
    return new WebhookSettings(url, null, null, caFile == null ? null : caFile.toString());
  }

  private static Path secret(Path directory, String content, String mode) throws IOException {
    Path file = Files.writeString(directory.resolve("secret"), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private Channel.Answer deliver(URI url) throws InterruptedException {
    return deliver(new WebhookSettings(url.toString(), null, null, null));
  }

  private Channel.Answer deliver(WebhookSettings settings) throws InterruptedException {
    HttpClient http =
        settings.caFile() == null ? Webhook.client() : Webhook.client(Path.of(settings.caFile()));
    Webhook webhook = new Webhook(http, settings, Clock.systemUTC());
    return webhook.deliver(NotificationSamples.pending("{}"));
  }

  private URI url(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  private void answer(String path, HttpHandler handler) {
    server.createContext(path, handler);
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(status, body.isEmpty() ? -1 : body.length());
      if (!body.isEmpty()) {
        exchange.getResponseBody().write(body.getBytes());
      }
    }
  }
}
