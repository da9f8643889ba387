package dev.uplift.api;

import dev.uplift.engine.Engine;
import dev.uplift.engine.EngineAddress;
import dev.uplift.sandbox.LoopbackPorts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.temporal.internal.testservice.TestServicesStarter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.function.Consumer;

/** The Java test server, on loopback only and in real time. */
final class LoopbackEngine implements AutoCloseable {
  /** Told of each call before it is carried out, by the name of its method. */
  volatile Consumer<String> listener = method -> {};

  /** The method whose calls are carried out, but never answered. */
  volatile String unanswered = "";

  /** The methods whose calls are refused, because there is too much to do. */
  volatile Set<String> tooBusyFor = Set.of();

  private final TestServicesStarter services = new TestServicesStarter(true, 0);
  private final Server server;

  /** On a port that nobody else is given while it is away. */
  LoopbackEngine() {
    this(LoopbackPorts.free(1).get(0));
  }

  LoopbackEngine(int port) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    services.getServices().forEach(builder::addService);
    builder.intercept(new Interception());
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

  private final class Interception implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      String method = call.getMethodDescriptor().getBareMethodName();
      listener.accept(method);
      if (tooBusyFor.contains(method)) {
        call.close(Status.RESOURCE_EXHAUSTED.withDescription("Workflow is busy."), new Metadata());
        return new ServerCall.Listener<>() {};
      }
      return next.startCall(unanswered.equals(method) ? new Unanswered<>(call) : call, headers);
    }
  }

  private static final class Unanswered<Q, A> extends SimpleForwardingServerCall<Q, A> {
    Unanswered(ServerCall<Q, A> call) {
      super(call);
    }

    @Override
    public void sendMessage(A answer) {
      // Lost on the way.
    }

    @Override
    public void close(Status status, Metadata trailers) {
      // Lost as well.
    }
  }
}
