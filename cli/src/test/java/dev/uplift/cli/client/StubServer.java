package dev.uplift.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Stands for the API: a server on a free port of loopback that answers as a test wants it to. */
public final class StubServer implements AutoCloseable {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  public StubServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
  }

  /** What is below the path is answered by the handler. */
  public StubServer answering(String path, HttpHandler handler) {
    server.createContext(path, handler);
    return this;
  }

  /** Answers 200. */
  public static void send(HttpExchange exchange, String body) throws IOException {
    send(exchange, 200, body);
  }

  public static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  public ApiClient client() {
    return new ApiClient(new Connection(url(), "uplift_secret"));
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
