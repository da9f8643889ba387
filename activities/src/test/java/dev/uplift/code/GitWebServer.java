package dev.uplift.code;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** Serves git repositories over http or https on loopback, through git's own http-backend. */
final class GitWebServer implements AutoCloseable {
  private final HttpServer server;
  private final String scheme;
  private final Path repositories;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** The Authorization header of each request; empty where there was none. */
  final List<String> authorizations = new CopyOnWriteArrayList<>();

  private final AtomicInteger unavailable = new AtomicInteger();
  private volatile String login;
  private volatile int refusal;
  private volatile String redirect;

  private GitWebServer(HttpServer server, String scheme, Path repositories) {
    this.server = server;
    this.scheme = scheme;
    this.repositories = repositories;
  }

  static GitWebServer http(Path repositories) throws IOException {
    return started(HttpServer.create(loopback(), 0), "http", repositories);
  }

  static GitWebServer https(Path repositories, SSLContext certificate) throws IOException {
    HttpsServer server = HttpsServer.create(loopback(), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(certificate));
    return started(server, "https", repositories);
  }

  private static InetSocketAddress loopback() throws IOException {
    return new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
  }

  private static GitWebServer started(HttpServer server, String scheme, Path repositories) {
    GitWebServer started = new GitWebServer(server, scheme, repositories);
    server.setExecutor(started.threads);
    server.createContext("/", started::answer);
    server.start();
    return started;
  }

  /** From now on nobody is answered without this login, {@code user:password}. */
  GitWebServer requiring(String userAndPassword) {
    login = userAndPassword;
    return this;
  }

  /** Answers whoever may log in with this status. */
  void refusing(int status) {
    refusal = status;
  }

  /** Sends everything below {@code /moved} to the same path below this URL. */
  void redirecting(String url) {
    redirect = url;
  }

  /** Answers the next requests with 503. */
  void unavailableFor(int requests) {
    unavailable.set(requests);
  }

  int port() {
    return server.getAddress().getPort();
  }

  String url(String path) {
    return scheme + "://127.0.0.1:" + port() + path;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String authorization = exchange.getRequestHeaders().getFirst("Authorization");
      authorizations.add(authorization == null ? "" : authorization);
      if (unavailable.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        exchange.sendResponseHeaders(503, -1);
      } else if (login != null && !basic(login).equals(authorization)) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"git\"");
        exchange.sendResponseHeaders(401, -1);
      } else if (refusal != 0) {
        exchange.sendResponseHeaders(refusal, -1);
      } else if (redirect != null && exchange.getRequestURI().getPath().startsWith("/moved")) {
        String rest = exchange.getRequestURI().toString().substring("/moved".length());
        exchange.getResponseHeaders().set("Location", redirect + rest);
        exchange.sendResponseHeaders(302, -1);
      } else {
        backend(exchange);
      }
    }
  }

  private static String basic(String login) {
    return "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
  }

  private void backend(HttpExchange exchange) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("git", "http-backend");
    Headers headers = exchange.getRequestHeaders();
    String query = exchange.getRequestURI().getRawQuery();
    builder
        .environment()
        .putAll(
            Map.of(
                "GIT_PROJECT_ROOT", repositories.toString(),
                "GIT_HTTP_EXPORT_ALL", "1",
                "PATH_INFO", exchange.getRequestURI().getPath(),
                "QUERY_STRING", query == null ? "" : query,
                "REQUEST_METHOD", exchange.getRequestMethod(),
                "CONTENT_TYPE", text(headers.getFirst("Content-Type")),
                "HTTP_CONTENT_ENCODING", text(headers.getFirst("Content-Encoding")),
                "GIT_PROTOCOL", text(headers.getFirst("Git-Protocol"))));
    Process process = builder.start();
    try (OutputStream input = process.getOutputStream()) {
      exchange.getRequestBody().transferTo(input);
    }
    try (InputStream output = process.getInputStream()) {
      int status = 200;
      for (String line = line(output); !line.isEmpty(); line = line(output)) {
        int colon = line.indexOf(':');
        String name = line.substring(0, colon);
        String value = line.substring(colon + 1).strip();
        if (name.equals("Status")) {
          status = Integer.parseInt(value.substring(0, 3));
        } else {
          exchange.getResponseHeaders().add(name, value);
        }
      }
      exchange.sendResponseHeaders(status, 0);
      output.transferTo(exchange.getResponseBody());
    } finally {
      process.destroy();
    }
  }

  private static String text(String value) {
    return value == null ? "" : value;
  }

  private static String line(InputStream input) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = input.read(); c >= 0 && c != '\n'; c = input.read()) {
      line.append((char) c);
    }
    return line.toString().strip();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
