package dev.uplift.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ProbeTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private final Probe probe = new Probe();
  private final AtomicInteger connections = new AtomicInteger();
  private ServerSocket server;

  @AfterEach
  void closeServer() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void aPlainAnswerIsRead() throws IOException {
    serve("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more than said");

    assertThat(ask().body()).isEqualTo("hello");
  }

  @Test
  void anAnswerInChunksIsRead() throws IOException {
    serve(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n");

    assertThat(ask().body()).isEqualTo("hello");
  }

  @Test
  void anAnswerWithoutLengthIsReadToItsEnd() throws IOException {
    serve("HTTP/1.0 503 Busy\r\n\r\nsorry");

    assertThat(ask().status()).isEqualTo(503);
    assertThat(ask().body()).isEqualTo("sorry");
  }

  @Test
  void anInterimAnswerIsNotTheAnswer() throws IOException {
    serve("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");

    assertThat(ask().status()).isEqualTo(204);
  }

  @Test
  void aRedirectIsToldAndNotFollowed() throws IOException {
    serve("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n");

    assertThat(ask().status()).isEqualTo(302);
    assertThat(ask().location()).isEqualTo("/login");
    assertThat(connections).hasValue(2);
  }

  @Test
  void ofALongBodyOnlyTheBeginningIsKept() throws IOException {
    serve("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(200_000));

    assertThat(ask().body()).hasSize(64 * 1024);
    assertThat(ask().truncated()).isTrue();
  }

  @Test
  void everyRequestHasAConnectionOfItsOwn() throws IOException {
    serve("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok");

    ask();
    ask();
    ask();
    assertThat(connections).hasValue(3);
  }

  @Test
  void aBodyThatBreaksOffIsSilence() throws IOException {
    serve("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello");

    assertThat(probe.get(url(), TIMEOUT)).isInstanceOf(Answer.Silent.class);
  }

  @Test
  void whatIsNotHttpIsSilence() throws IOException {
    serve("SSH-2.0-OpenSSH_9.2\r\n");

    assertThat(probe.get(url(), TIMEOUT)).isInstanceOf(Answer.Silent.class);
  }

  @Test
  void aPortWhereNobodyListensIsSilence() throws IOException {
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    server.close();

    assertThat(probe.get(url(), TIMEOUT)).isInstanceOf(Answer.Silent.class);
  }

  @Test
  void aDrippingAnswerIsCutAtTheTimeLimit() throws IOException {
    serve("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + "x".repeat(1000), 20);

    long begun = System.nanoTime();
    Answer answer = probe.get(url(), Duration.ofMillis(300));

    assertThat(answer).isInstanceOf(Answer.Silent.class);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:169.254.169.254]/",
        "http://[fe80::1]/",
        "http://0.0.0.0/",
        "http://192.0.2.1/",
        "http://2852039166/",
        "http://127.0.0.1:80@192.0.2.1/",
        "http://user@127.0.0.1/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://127.0.0.1/a b"
      })
  void aUrlThatIsNotPlainlyOfThisHostIsNotAsked(String url) {
    assertThat(probe.get(url, TIMEOUT)).isInstanceOf(Answer.Unmeasured.class);
  }

  private String url() {
    return "http://127.0.0.1:" + server.getLocalPort() + "/health?full=1";
  }

  private Answer.Answered ask() {
    Answer answer = probe.get(url(), TIMEOUT);
    assertThat(answer).isInstanceOf(Answer.Answered.class);
    return (Answer.Answered) answer;
  }

  private void serve(String response) throws IOException {
    serve(response, 0);
  }

  /** Answers every connection with these bytes, with a pause after each if that is not 0. */
  private void serve(String response, int pauseMillis) throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread acceptor =
        new Thread(
            () -> {
              while (!server.isClosed()) {
                try (Socket client = server.accept()) {
                  connections.incrementAndGet();
                  answer(client, response.getBytes(StandardCharsets.UTF_8), pauseMillis);
                } catch (IOException | InterruptedException clientOrServerIsGone) {
                  continue;
                }
              }
            });
    acceptor.setDaemon(true);
    acceptor.start();
  }

  private static void answer(Socket client, byte[] response, int pauseMillis)
      throws IOException, InterruptedException {
    InputStream in = client.getInputStream();
    String request = "";
    while (!request.endsWith("\r\n\r\n")) {
      request += (char) in.read();
    }
    OutputStream out = client.getOutputStream();
    if (pauseMillis == 0) {
      out.write(response);
      return;
    }
    for (byte one : response) {
      out.write(one);
      out.flush();
      Thread.sleep(pauseMillis);
    }
  }
}
