package dev.uplift.scenario;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.uplift.sandbox.engine.TestAuthority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A git server over https to which no token is good enough. */
public final class LockedWebServer implements AutoCloseable {
  private final HttpsServer server;

  private LockedWebServer(HttpsServer server) {
    this.server = server;
  }

  public static LockedWebServer start(TestAuthority.Issued identity) throws IOException {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(identity.ofServer()));
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"git\"");
            exchange.sendResponseHeaders(401, -1);
          }
        });
    server.start();
    return new LockedWebServer(server);
  }

  public String url() {
    return "https://127.0.0.1:" + server.getAddress().getPort() + "/cbapp.git";
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
