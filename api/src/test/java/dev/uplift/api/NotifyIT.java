package dev.uplift.api;

import static dev.uplift.api.ApiWorld.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.uplift.api.registry.RegistryAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who is told of upgrades that need a person, over real connections and programs. */
@Timeout(240)
@Tag("full")
class NotifyIT {
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  /** Knows nothing of our code: it verifies as the specification tells receivers to. */
  private static final String RECEIVER =
      """
      import base64, hashlib, hmac, sys
      secret, id, timestamp, signature = sys.argv[1:]
      key = base64.b64decode(secret.removeprefix("whsec_"))
      body = sys.stdin.buffer.read()
      code = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
      sys.exit(0 if hmac.compare_digest("v1," + base64.b64encode(code).decode(), signature) else 1)
      """;

  private record Received(Headers headers, String body) {
    JsonNode json() {
      return JsonMapper.shared().readTree(body);
    }
  }

  @TempDir private Path directory;
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile int answer = 200;
  private volatile byte[] answerBody = {};
  private HttpServer receiver;
  private ApiWorld world;

  @BeforeEach
  void start() throws Exception {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.setExecutor(threads);
    receiver.createContext("/", this::receive);
    receiver.start();
  }

  @AfterEach
  void stop() {
    if (world != null) {
      world.close();
    }
    over.countDown();
    receiver.stop(0);
    threads.shutdownNow();
  }

  private void receive(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    received.add(new Received(exchange.getRequestHeaders(), body));
    if (answer == 0) {
      hang();
    }
    try (exchange) {
      exchange.sendResponseHeaders(answer, answerBody.length == 0 ? -1 : answerBody.length);
      exchange.getResponseBody().write(answerBody);
    }
  }

  private void hang() {
    try {
      over.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void anUpgradeThatTurnedBackIsToldWithASignatureThatItsReceiverVerifies() throws Exception {
    world = worldWithWebhook("--uplift.public-url=https://uplift.example.org/");

    HttpResponse<String> upgrade =
        world.post("/api/tenants/acme/upgrade", "{\"target_version\": \"v0.5.0\"}");
    String id = world.json(upgrade).get("upgrade_id").asString();

    eventually(() -> received.size() == 1);
    JsonNode message = received.get(0).json();
    assertThat(message.get("event").asString()).isEqualTo("rolled_back");
    assertThat(message.get("tenant").asString()).isEqualTo("acme");
    assertThat(message.get("host").asString()).isEqualTo("web-1");
    assertThat(message.get("status").asString()).isEqualTo("rolled_back");
    assertThat(message.get("upgrade_id").asString()).isEqualTo(id);
    assertThat(message.get("operation").asString()).isEqualTo("upgrade");
    assertThat(message.has("of_upgrade")).isFalse();
    assertThat(message.get("target_version").asString()).isEqualTo("v0.5.0");
    assertThat(message.at("/failure/kind").asString()).isEqualTo("migration_failed");
    assertThat(message.at("/failure/message").asString()).isEqualTo("A migration failed.");
    assertThat(message.at("/failure/advice").asString()).isEqualTo("do");
    assertThat(message.at("/failure").has("evidence")).isFalse();
    assertThat(message.at("/links/upgrade").asString())
        .isEqualTo("https://uplift.example.org/api/upgrades/" + id);
    assertThat(message.get("id").asString()).isEqualTo(header("webhook-id"));
    assertThat(verifies(received.get(0).body())).isTrue();
    assertThat(verifies(received.get(0).body().replace("acme", "zeta"))).isFalse();

    eventually(() -> notification(id).get("status").asString().equals("delivered"));
    assertThat(notification(id).get("attempts").asInt()).isEqualTo(1);
    assertThat(notification(id).get("last_answer").asString()).isEqualTo("HTTP 200");
    assertThat(metrics())
        .contains("uplift_notifications_total{channel=\"chat\",result=\"delivered\"} 1.0");
  }

  @Test
  void whatNobodyAskedForIsNotTold() throws Exception {
    world = worldWithWebhook();

    world.post("/api/tenants/acme/upgrade", "{\"target_version\": \"v0.3.0\"}");
    world.post("/api/tenants/acme/upgrade", "{\"target_version\": \"v0.8.0\"}");
    world.post("/api/tenants/zeta/upgrade", "{\"target_version\": \"v0.6.0\"}");

    eventually(() -> !received.isEmpty());
    eventually(() -> world.get("/api/notifications").body().contains("delivered"));
    assertThat(world.json(world.get("/api/notifications")).get("notifications")).hasSize(1);
    assertThat(received.get(0).json().get("event").asString()).isEqualTo("needs_attention");
  }

  @Test
  void anAnswerOfAnyBytesIsRecorded() throws Exception {
    world = worldWithWebhook();
    answerBody = new byte[] {'o', 0, 'k', (byte) 0xff};

    String id = turnBack();

    eventually(() -> notification(id).get("status").asString().equals("delivered"));
    assertThat(notification(id).get("last_answer").asString())
        .isEqualTo("HTTP 200: o\ufffdk\ufffd");
    assertThat(received).hasSize(1);
  }

  @Test
  void aReceiverThatFailsAndHangsIsTriedAgainAlsoAfterTheApiWasStartedAnew() throws Exception {
    world = worldWithWebhook();
    answer = 500;
    String id = turnBack();
    eventually(() -> received.size() >= 1);
    eventually(() -> "HTTP 500".equals(notification(id).path("last_answer").asString("")));

    answer = 0;
    int before = received.size();
    eventually(() -> received.size() > before);
    eventually(
        () ->
            notification(id)
                .path("last_answer")
                .asString("")
                .startsWith("no answer within 5 s: the receiver must answer"));

    world.stopApi();
    answer = 204;
    int missed = received.size();
    world.startApi();

    eventually(() -> notification(id).get("status").asString().equals("delivered"));
    assertThat(received).hasSizeGreaterThan(missed);
    assertThat(received.stream().map(it -> it.headers().getFirst("webhook-id")).distinct())
        .as("one id, by which a receiver knows a repetition")
        .hasSize(1);
    assertThat(received.stream().map(Received::body).distinct()).hasSize(1);
    assertThat(notification(id).get("attempts").asInt()).isEqualTo(received.size());
  }

  @Test
  void aReceiverThatNeverTakesItIsGivenUpAndThatIsSeen() throws Exception {
    world = worldWithWebhook("--uplift.notify.chat.give-up-after=1s");
    answer = 503;

    String id = turnBack();

    eventually(() -> notification(id).get("status").asString().equals("given_up"));
    assertThat(notification(id).get("last_answer").asString()).isEqualTo("HTTP 503");
    assertThat(world.json(world.get("/api/notifications?status=given_up")).get("notifications"))
        .hasSize(1);
    assertThat(world.json(world.get("/api/notifications?status=pending")).get("notifications"))
        .isEmpty();
  }

  @Test
  void aCommandIsGivenTheMessageAndAHangingChannelDoesNotDelayIt() throws Exception {
    Path seen = directory.resolve("seen.json");
    Path program =
        Files.writeString(
            directory.resolve("page"), "#!/bin/sh\ncat > \"$1.new\" && mv \"$1.new\" \"$1\"\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
    world =
        worldWithWebhook(
            "--uplift.notify.pager.events=rejected",
            "--uplift.notify.pager.command.run[0]=" + program,
            "--uplift.notify.pager.command.run[1]=" + seen);
    answer = 0;
    String hanging = turnBack();
    eventually(() -> !received.isEmpty());
    assertThat(notification(hanging).get("status").asString()).isEqualTo("pending");

    world.post("/api/tenants/zeta/upgrade", "{\"target_version\": \"v0.8.0\"}");

    eventually(() -> Files.exists(seen));
    JsonNode message = JsonMapper.shared().readTree(Files.readString(seen));
    assertThat(message.get("event").asString()).isEqualTo("rejected");
    assertThat(message.get("tenant").asString()).isEqualTo("zeta");
    assertThat(message.at("/failure/kind").asString()).isEqualTo("tag_missing");
  }

  @Test
  void aChannelCanBeTried() throws Exception {
    world = worldWithWebhook();

    HttpResponse<String> asked = world.post("/api/channels/chat/test", "{}");

    assertThat(asked.statusCode()).as(asked.body()).isEqualTo(202);
    String location = asked.headers().firstValue("Location").orElseThrow();
    eventually(() -> world.get(location).body().contains("delivered"));
    assertThat(received.get(0).json().get("event").asString()).isEqualTo("test");
    assertThat(world.post("/api/channels/other/test", "{}").statusCode()).isEqualTo(404);
    assertThat(
            world
                .send(
                    world
                        .request("/api/channels/chat/test", world.upgrader)
                        .POST(BodyPublishers.noBody()))
                .statusCode())
        .isEqualTo(403);
    String channels = world.get("/api/channels").body();
    assertThat(channels)
        .isEqualTo(
            "{\"channels\":[{\"name\":\"chat\",\"kind\":\"webhook\","
                + "\"events\":[\"needs_attention\",\"rolled_back\"]}]}");
  }

  private ApiWorld worldWithWebhook(String... more) throws Exception {
    Path url =
        secret("url", "http://127.0.0.1:" + receiver.getAddress().getPort() + "/services/c4n4ry\n");
    Path secret = secret("secret", SECRET + "\n");
    List<String> settings = new CopyOnWriteArrayList<>(more);
    settings.add("--uplift.notify.chat.webhook.url-file=" + url);
    settings.add("--uplift.notify.chat.webhook.secret-file=" + secret);
    settings.add("--uplift.notify.chat.first-retry=300ms");
    return new ApiWorld(registry(), settings.toArray(String[]::new));
  }

  private Path secret(String name, String content) throws Exception {
    Path file = Files.writeString(directory.resolve(name), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private String turnBack() {
    HttpResponse<String> upgrade =
        world.post("/api/tenants/acme/upgrade", "{\"target_version\": \"v0.5.0\"}");
    assertThat(upgrade.statusCode()).as(upgrade.body()).isEqualTo(422);
    return world.json(upgrade).get("upgrade_id").asString();
  }

  private JsonNode notification(String upgradeId) {
    return world
        .json(world.get("/api/notifications?upgrade_id=" + upgradeId))
        .at("/notifications/0");
  }

  private String metrics() {
    return world.get("/actuator/prometheus").body();
  }

  private String header(String name) {
    return received.get(0).headers().getFirst(name);
  }

  private boolean verifies(String body) throws Exception {
    Process python =
        new ProcessBuilder(
                "python3",
                "-c",
                RECEIVER,
                SECRET,
                header("webhook-id"),
                header("webhook-timestamp"),
                header("webhook-signature"))
            .redirectErrorStream(true)
            .start();
    try (var input = python.getOutputStream()) {
      input.write(body.getBytes(StandardCharsets.UTF_8));
    }
    String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said).isEmpty();
    return python.waitFor() == 0;
  }

  RegistryAddress registry() {
    return RegistryAddress.file(directory.resolve("world/registry.db"));
  }
}
