package dev.uplift.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.cli.client.ApiClient.Answer;
import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ApiClientTest {
  private static final int CLOSED = 0;
  private final Deque<Integer> answers = new ArrayDeque<>();
  private StubServer server;
  private ApiClient api;

  @BeforeEach
  void start() throws IOException {
    server =
        new StubServer()
            .answering(
                "/",
                exchange -> {
                  int status = answers.removeFirst();
                  if (status != CLOSED) {
                    exchange.sendResponseHeaders(status, -1);
                  }
                  exchange.close();
                });
    api = server.client();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void whoIsPatientOutlivesARestart() throws Exception {
    answers.addAll(List.of(503, CLOSED, 200));

    assertThat(api.getPatiently("/").status()).isEqualTo(200);

    assertThat(answers).isEmpty();
  }

  @Test
  void whatTheServerRefusesIsAnAnswer() throws Exception {
    answers.addAll(List.of(404, 200));

    assertThat(api.getPatiently("/").status()).isEqualTo(404);
  }

  @Test
  void aServerThatIsSilentMayBeAtWork() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      URI url = URI.create("http://127.0.0.1:" + silent.getLocalPort());
      ApiClient client = new ApiClient(new Connection(url, "token"));

      assertThatThrownBy(() -> client.postAndWait("/", "{}", Duration.ofMillis(200)))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("did not answer in time; what it was asked for may go on");
    }
  }

  @Test
  void oneThatIsNotThereSaysSo() {
    server.close();

    assertThatThrownBy(() -> api.get("/"))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("does not answer: is 'uplift api' or 'uplift up' running there?");
  }

  @Test
  void aMissingAnswerTellsWhy() {
    Answer missing = Answer.missing(new CommandFailure("nobody is there"));

    assertThat(missing.isSuccess()).isFalse();
    assertThat(missing.problem()).isEqualTo("nobody is there");
  }
}
