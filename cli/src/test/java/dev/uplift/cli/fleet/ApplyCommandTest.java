package dev.uplift.cli.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.cli.Uplift;
import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.StubServer;
import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplyCommandTest {
  private final List<String> received = new ArrayList<>();
  private final List<String> onlyIf = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  @TempDir private Path directory;
  private int status = 200;
  private String answer = "{}";
  private StubServer server;
  private ApiClient api;

  @BeforeEach
  void startServer() throws IOException {
    server =
        new StubServer()
            .answering(
                "/",
                exchange -> {
                  var headers = exchange.getRequestHeaders();
                  received.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
                  received.add(headers.getFirst("Authorization"));
                  received.add(headers.getFirst("Content-Type"));
                  onlyIf.add(headers.getFirst("If-Match"));
                  exchange.getResponseHeaders().set("ETag", "\"state-1\"");
                  received.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
                  StubServer.send(exchange, status, answer);
                });
    api = server.client();
  }

  @AfterEach
  void stopServer() {
    server.close();
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
  void whatDiffersIsToldBelowItsObject() throws InterruptedException {
    answer =
        """
        {"dry_run": true, "created": [], "changed": ["apps/shop", "tenants/acme"], "deleted": ["tenants/old"],
         "unchanged": ["hosts/web-2"], "not_named": ["hosts/web-9", "tenants/zeta"],
         "differences": [
           {"object": "apps/shop", "key": "services", "before": ["{slug}"], "after": ["{slug}-api"]},
           {"object": "tenants/acme", "key": "labels.plan", "after": "gold"},
           {"object": "tenants/acme", "key": "ports.api", "before": 8001, "after": 8011}]}""";

    JsonNode outcome = ApplyCommand.apply(api, "hosts: {}", true, "fleet.yml");

    assertThat(ApplyCommand.lines(outcome))
        .containsExactly(
            "would change apps/shop",
            "  services: [\"{slug}\"] -> [\"{slug}-api\"]",
            "would change tenants/acme",
            "  labels.plan: (none) -> gold",
            "  ports.api: 8001 -> 8011",
            "would delete tenants/old",
            "1 unchanged",
            "2 registered, but not in the file (--prune deletes): hosts/web-9, tenants/zeta");
  }

  @Test
  void nothingIsDeletedUnasked() throws IOException {
    answer =
        """
        {"dry_run": true, "created": [], "changed": [], "deleted": ["tenants/old"], "unchanged": []}""";

    assertThat(run("--prune")).isEqualTo(1);

    assertThat(out.toString()).contains("would delete tenants/old");
    assertThat(err.toString()).contains("nothing was applied", "--yes");
    assertThat(received)
        .filteredOn(line -> line.startsWith("POST"))
        .containsExactly("POST /api/fleet?dry_run=true&prune=true");
  }

  @Test
  void onlyWhatWasShownIsDeleted() throws IOException {
    answer =
        """
        {"dry_run": false, "created": [], "changed": [], "deleted": ["tenants/old"], "unchanged": []}""";

    assertThat(run("--prune", "--yes")).isZero();

    assertThat(received)
        .filteredOn(line -> line.startsWith("POST"))
        .containsExactly("POST /api/fleet?dry_run=true&prune=true", "POST /api/fleet?prune=true");
    assertThat(onlyIf).containsExactly(null, "\"state-1\"");
  }

  @Test
  void whereNothingIsDeletedNobodyIsAsked() throws IOException {
    answer =
        """
        {"dry_run": false, "created": ["tenants/acme"], "changed": [], "deleted": [], "unchanged": []}""";

    assertThat(run("--prune")).isZero();
    assertThat(out.toString()).isEqualTo("created tenants/acme" + System.lineSeparator());
  }

  private int run(String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of("apply"));
    words.addAll(List.of(options));
    words.addAll(List.of("--server", server.url().toString()));
    words.addAll(List.of("--token", "uplift_secret"));
    words.add(Files.writeString(directory.resolve("fleet.yml"), "hosts: {}").toString());
    return Uplift.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(words.toArray(String[]::new));
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
    server.close();

    assertThatThrownBy(() -> ApplyCommand.apply(api, "tenants: {}", false, "fleet.yml"))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("http://127.0.0.1:")
        .hasMessageContaining("does not answer");
  }
}
