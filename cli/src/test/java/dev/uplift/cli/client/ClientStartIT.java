package dev.uplift.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.uplift.scenario.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long a client takes from its start to an answer, beside the least that a Java program can.
 */
@Tag("full")
@Tag("alone")
@Timeout(300)
class ClientStartIT {
  private static final int RUNS = 20;
  private static final double MOST = 1.5;
  private static final String BARE =
      """
      import java.net.URI;
      import java.net.http.HttpClient;
      import java.net.http.HttpRequest;
      import java.net.http.HttpResponse;

      public class Bare {
        public static void main(String[] arguments) throws Exception {
          HttpRequest request =
              HttpRequest.newBuilder(URI.create(arguments[0] + "/api/tenants"))
                  .header("Authorization", "Bearer none")
                  .build();
          HttpResponse<String> answer =
              HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
          System.out.println(answer.body());
        }
      }
      """;

  @TempDir Path directory;

  @Test
  void isNotMuchLongerThanABareProgramTakes() throws Exception {
    Files.writeString(directory.resolve("Bare.java"), BARE);
    ToolProvider.getSystemJavaCompiler()
        .run(null, null, null, directory.resolve("Bare.java").toString());
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = "{\"tenants\": []}".getBytes(UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      List<String> bare = List.of(java, "-cp", directory.toString(), "Bare", url);
      List<String> client =
          List.of(
              Path.of("target", "dist", "uplift").toAbsolutePath().toString(),
              "tenants",
              "--server",
              url,
              "--token",
              "none");
      run(client);
      Eventually.within(Duration.ofSeconds(60), "what it loads is kept", this::isKept);

      List<Long> ofBare = new ArrayList<>();
      List<Long> ofClient = new ArrayList<>();
      for (int i = 0; i < RUNS; i++) {
        ofBare.add(run(bare));
        ofClient.add(run(client));
      }

      double ratio = (double) median(ofClient) / median(ofBare);
      System.out.printf(
          "From start to answer: %d ms, a bare program %d ms: %.2f%n",
          median(ofClient), median(ofBare), ratio);
      assertThat(ratio).isLessThanOrEqualTo(MOST);
    } finally {
      server.stop(0);
    }
  }

  private boolean isKept() throws IOException {
    Path cache = directory.resolve(".cache").resolve("uplift");
    if (!Files.isDirectory(cache)) {
      return false;
    }
    try (Stream<Path> files = Files.list(cache)) {
      return files.anyMatch(file -> file.toString().endsWith(".jsa"));
    }
  }

  /** In milliseconds. */
  private long run(List<String> command) throws Exception {
    long begin = System.nanoTime();
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("HOME", directory.toString());
    builder.environment().remove("XDG_CACHE_HOME");
    Process process = builder.start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return (System.nanoTime() - begin) / 1_000_000;
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }
}
