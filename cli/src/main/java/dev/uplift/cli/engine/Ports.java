package dev.uplift.cli.engine;

import dev.uplift.cli.console.CommandFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** TCP ports of this machine's loopback. */
public final class Ports {
  private Ports() {}

  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      // As servers do: a port whose last connections are still closing is free.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  public static void requireFree(int port) {
    if (!isFree(port)) {
      throw new CommandFailure(
          "port "
              + port
              + " is taken: stop what uses it (ss -ltnp | grep :"
              + port
              + "), or choose another with --port");
    }
  }

  /** Whether a server answers there. Other than {@link #isFree} it does not get in its way. */
  public static boolean isServed(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  /** {@code wanted} if it is free, else any that is. */
  static int freeOr(int wanted) {
    if (isFree(wanted)) {
      return wanted;
    }
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
