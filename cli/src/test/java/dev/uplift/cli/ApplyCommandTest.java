package dev.uplift.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ApplyCommandTest {
  private final List<String> received = new ArrayList<>();
  private int status = 200;
  private String answer = "{}";
  private HttpServer server;
  private ApiClient api;

  @BeforeEach
  void startServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          var headers = exchange.getRequestHeaders();
          received.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          received.add(headers.getFirst("Authorization"));
          received.add(headers.getFirst("Content-Type"));
          received.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          byte[] body = answer.getBytes(UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    api = new ApiClient(new Connection(url, "uplift_secret"));
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  @Test
  void theFileIsSentAsItIs() throws InterruptedException {
    String yaml = "hosts:\n  web-1: {}   # ü\n";

    ApplyCommand.apply(api, yaml, true, "fleet.yml");

    assertThat(received)
        .containsExactly(
            "POST /api/fleet?dry_run=true", "Bearer uplift_secret", "application/yaml", yaml);
  }

  @Test
  void whatWasDoneIsTold() throws InterruptedException {
    answer =
        """
        {"dry_run": false, "created": ["hosts/web-1", "tenants/acme"],
         "changed": ["apps/shop"], "unchanged": ["hosts/web-2", "tenants/zeta"]}""";

    JsonNode outcome = ApplyCommand.apply(api, "hosts: {}", false, "fleet.yml");

    assertThat(ApplyCommand.lines(outcome))
        .containsExactly(
            "created hosts/web-1", "created tenants/acme", "changed apps/shop", "2 unchanged");
  }

  @Test
  void aRefusalIsToldWithItsReasonAndWithoutTheToken() {
    status = 400;
    answer =
        """
        {"status": 400, "title": "Invalid document",
         "detail": "fleet.yml:3:5: tenants.acme.path: must be absolute"}""";

    assertThatThrownBy(() -> ApplyCommand.apply(api, "tenants: {}", false, "fleet.yml"))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("tenants.acme.path: must be absolute")
        .hasMessageContaining("HTTP 400")
        .hasMessageNotContaining("uplift_secret");
  }

  @Test
  void anAnswerThatIsNoJsonIsARefusalByItsStatus() {
    status = 502;
    answer = "<html>Bad gateway</html>";

    assertThatThrownBy(() -> ApplyCommand.apply(api, "tenants: {}", false, "fleet.yml"))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("HTTP 502");
  }

  @Test
  void aServerThatDoesNotAnswerIsNamed() {
    server.stop(0);

    assertThatThrownBy(() -> ApplyCommand.apply(api, "tenants: {}", false, "fleet.yml"))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("http://127.0.0.1:")
        .hasMessageContaining("does not answer");
  }
}
