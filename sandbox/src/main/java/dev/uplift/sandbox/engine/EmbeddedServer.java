package dev.uplift.sandbox.engine;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.temporal.internal.testservice.TestServicesStarter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * The program of the embedded engine: the Java test server, in memory, without a UI. Not for
 * production.
 *
 * <p>Its own starter listens on every interface without asking who calls, so it is put together
 * here, from a class that is internal to the SDK.
 */
public final class EmbeddedServer {
  private static final int LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024;

  private EmbeddedServer() {}

  /**
   * Serves until its standard input ends or the process is told to end.
   *
   * @param args the port
   */
  public static void main(String... args) throws IOException, InterruptedException {
    int port = Integer.parseInt(args[0]);
    // Time is the real one: workflows of a demo are not to be skipped through.
    try (TestServicesStarter services = new TestServicesStarter(true, 0)) {
      NettyServerBuilder builder =
          NettyServerBuilder.forAddress(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
              .maxInboundMessageSize(LARGEST_MESSAGE_BYTES);
      services.getServices().forEach(builder::addService);
      Server server = builder.build().start();
      System.out.println("ready on 127.0.0.1:" + port);
      while (System.in.read() >= 0) {
        // Whoever started us lives.
      }
      server.shutdownNow();
      server.awaitTermination(2, TimeUnit.SECONDS);
    }
    // Threads of the test server are not all daemons.
    System.exit(0);
  }
}
