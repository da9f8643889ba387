package dev.uplift.api;

import dev.uplift.engine.Engine;
import dev.uplift.engine.EngineAddress;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.temporal.internal.testservice.TestServicesStarter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The Java test server, on loopback only and in real time. */
final class LoopbackEngine implements AutoCloseable {
  private final TestServicesStarter services = new TestServicesStarter(true, 0);
  private final Server server;

  LoopbackEngine() {
    this(0);
  }

  LoopbackEngine(int port) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    services.getServices().forEach(builder::addService);
    try {
      server = builder.build().start();
    } catch (IOException refused) {
      throw new IllegalStateException(refused);
    }
  }

  int port() {
    return server.getPort();
  }

  String target() {
    return "127.0.0.1:" + port();
  }

  Engine connect() {
    return Engine.at(new EngineAddress(target(), "default", true), "test");
  }

  @Override
  public void close() {
    server.shutdownNow();
    services.close();
  }
}
