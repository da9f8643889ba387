package dev.uplift.cli.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.Connection;
import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

@Timeout(60)
class TenantSelectionTest {
  private static final byte[] TENANTS =
      """
      {"tenants": [{"id": "acme", "host": "one"}, {"id": "globex", "host": "two"}]}
      """
          .getBytes(UTF_8);
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/api/tenants",
        exchange -> {
          exchange.sendResponseHeaders(200, TENANTS.length);
          exchange.getResponseBody().write(TENANTS);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void whatHappenedToOneTenantIsToldWhateverBecameOfAnother() throws Exception {
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    ApiClient api = new ApiClient(new Connection(url, "token"));
    TenantSelection selection =
        CommandLine.populateCommand(new TenantSelection(), "globex", "acme");

    List<String> told =
        selection.ask(
            api,
            1,
            (tenant, host) -> {
              if (tenant.equals("globex")) {
                throw new CommandFailure("it was cut off");
              }
              return api.get("/api/tenants");
            },
            (tenant, host, answer) ->
                tenant + " on " + host + ": " + (answer.isSuccess() ? "told" : answer.problem()));

    assertThat(told).containsExactly("globex on two: it was cut off", "acme on one: told");
  }
}
