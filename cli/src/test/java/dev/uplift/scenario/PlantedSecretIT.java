package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.uplift.engine.Engine;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.World.EngineKind;
import io.temporal.api.history.v1.HistoryEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A login in the URL of a checkout's origin, and a token in a file, let a host fetch; what is told
 * and kept of it has neither.
 */
@Tag("full")
@Timeout(300)
public class PlantedSecretIT {
  private static final String PASSWORD = "planted-passw0rd";
  private static final String TOKEN = "planted-t0ken";

  // As some servers take tokens: in the place of the user, which git and JGit do not hide.
  private static final String LOGIN = PASSWORD + ":x-oauth-basic";
  @TempDir Path directory;
  private volatile String login = LOGIN;

  /**
   * The same for whoever is not a test: upgrades that succeed, are turned back and are rejected.
   *
   * @param directory for all that is made, which is looked through
   */
  public static void requireNowhere(Path directory) throws Exception {
    PlantedSecretIT planted = new PlantedSecretIT();
    planted.directory = directory;
    planted.secretsOfUpstreamsAreFoundNowhere();
  }

  @Test
  void secretsOfUpstreamsAreFoundNowhere() throws Exception {
    assumeTrue(EngineKind.DEV_SERVER.isAvailable(), "there is no temporal program");
    Path token = Files.writeString(directory.resolve("token"), TOKEN);
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    Path home = directory.resolve("world");
    try (World world =
        World.start(
            home,
            EngineKind.DEV_SERVER,
            sandbox -> sandbox.tenants(2).rows(20).timeout("health_window", "1s"))) {
      Path upstream = world.sandbox().upstream().directory();
      server.createContext("/", exchange -> serve(upstream.getParent(), exchange));
      server.start();
      String address = "127.0.0.1:" + server.getAddress().getPort() + "/" + upstream.getFileName();
      Apps apps = new Apps(world.calls());
      apps.addVariant("own-origin", app -> ((ObjectNode) app).remove("upstream"));
      apps.addVariant(
          "with-token",
          app ->
              ((ObjectNode) app)
                  .putObject("upstream")
                  .put("url", "https://" + address)
                  .putObject("credentials")
                  .put("token_file", token.toString()));
      SandboxTenant first = world.sandbox().tenants().get(0);
      SandboxTenant second = world.sandbox().tenants().get(1);
      for (SandboxTenant tenant : world.sandbox().tenants()) {
        apps.use(tenant, "own-origin");
        setOrigin(tenant.path(), "http://" + login + "@" + address);
      }

      List<String> told = new ArrayList<>();
      Calls calls = world.calls();
      told.add(
          expecting(200, calls.upgrade(first.id().value(), "{\"target_version\":\"v0.3.0\"}")));
      told.add(
          expecting(
              422,
              calls.upgrade(
                  second.id().value(), "{\"target_version\":\"v0.4.0-module-missing\"}")));
      login = "bob:another";
      told.add(
          expecting(422, calls.upgrade(first.id().value(), "{\"target_version\":\"v9.9.9\"}")));
      assertThat(told.get(2)).contains("it refuses the login in the checkout's origin");
      apps.use(second, "with-token");
      told.add(
          expecting(422, calls.upgrade(second.id().value(), "{\"target_version\":\"v9.9.9\"}")));
      for (String path :
          List.of(
              "/api/tenants",
              "/api/tenants/" + first.id() + "/version",
              "/api/tenants/" + second.id() + "/version",
              "/api/apps/own-origin",
              "/api/apps/with-token",
              "/api/upgrades",
              "/api/audit")) {
        told.add(calls.get(path).body().toString());
      }
      for (JsonNode upgrade : calls.get("/api/upgrades").body().get("upgrades")) {
        told.add(
            expecting(
                200,
                calls.get("/api/upgrades/" + upgrade.get("upgrade_id").asText() + "/evidence")));
      }
      told.addAll(histories(world, List.of(first, second)));

      assertThat(told).allSatisfy(PlantedSecretIT::assertHoldsNoSecret);
      assertThat(filesBelow(home, world.sandbox().checkouts()))
          .hasSizeGreaterThan(20)
          .allSatisfy(
              file -> assertHoldsNoSecret(Files.readString(file, StandardCharsets.ISO_8859_1)));
    } finally {
      server.stop(0);
    }
  }

  private static void assertHoldsNoSecret(String text) {
    String encoded = Base64.getEncoder().encodeToString(LOGIN.getBytes(StandardCharsets.UTF_8));
    assertThat(text).doesNotContain(PASSWORD, TOKEN, encoded);
  }

  private static String expecting(int status, Calls.Answer answer) {
    assertThat(answer.status()).as("%s", answer).isEqualTo(status);
    return answer.body().toString();
  }

  private static void setOrigin(Path checkout, String url) throws Exception {
    Process git =
        new ProcessBuilder("git", "remote", "set-url", "origin", url)
            .directory(checkout.toFile())
            .start();
    assertThat(git.waitFor()).isZero();
  }

  /** Everything that the Temporal server remembers, as it was sent. */
  private static List<String> histories(World world, List<SandboxTenant> tenants) {
    List<String> histories = new ArrayList<>();
    try (Engine engine = Engine.at(world.engineAddress(), "test")) {
      for (SandboxTenant tenant : tenants) {
        for (String kind : List.of("upgrade/", "version/")) {
          for (HistoryEvent event : engine.client().fetchHistory(kind + tenant.id()).getEvents()) {
            histories.add(new String(event.toByteArray(), StandardCharsets.ISO_8859_1));
          }
        }
      }
    }
    return histories;
  }

  // A checkout keeps its origin itself, and nobody but the tenant has put it there.
  private static List<Path> filesBelow(Path home, Path checkouts) throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !(file.startsWith(checkouts) && file.endsWith(".git/config")))
          .toList();
    }
  }

  /** A git server that wants a login. */
  private void serve(Path repositories, HttpExchange exchange) throws IOException {
    try (exchange) {
      String wanted =
          "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
      if (!wanted.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"git\"");
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      ProcessBuilder builder = new ProcessBuilder("git", "http-backend");
      builder
          .environment()
          .putAll(
              Map.of(
                  "GIT_PROJECT_ROOT", repositories.toString(),
                  "GIT_HTTP_EXPORT_ALL", "1",
                  "PATH_INFO", exchange.getRequestURI().getPath(),
                  "QUERY_STRING", header(exchange.getRequestURI().getRawQuery()),
                  "REQUEST_METHOD", exchange.getRequestMethod(),
                  "CONTENT_TYPE", header(exchange.getRequestHeaders().getFirst("Content-Type")),
                  "HTTP_CONTENT_ENCODING",
                      header(exchange.getRequestHeaders().getFirst("Content-Encoding")),
                  "GIT_PROTOCOL", header(exchange.getRequestHeaders().getFirst("Git-Protocol"))));
      Process backend = builder.start();
      try (OutputStream input = backend.getOutputStream()) {
        exchange.getRequestBody().transferTo(input);
      }
      try (InputStream output = backend.getInputStream()) {
        for (String line = line(output); !line.isEmpty(); line = line(output)) {
          String[] parts = line.split(": ", 2);
          exchange.getResponseHeaders().add(parts[0], parts[1]);
        }
        exchange.sendResponseHeaders(200, 0);
        output.transferTo(exchange.getResponseBody());
      }
    }
  }

  private static String header(String value) {
    return value == null ? "" : value;
  }

  private static String line(InputStream input) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = input.read(); c >= 0 && c != '\n'; c = input.read()) {
      line.append((char) c);
    }
    return line.toString().strip();
  }
}
