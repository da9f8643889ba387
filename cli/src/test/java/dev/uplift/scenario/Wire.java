package dev.uplift.scenario;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Lets other machines reach a server that listens on loopback only, as a tunnel does. */
final class Wire implements AutoCloseable {
  private final ServerSocket entrance;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /**
   * @param address of this machine, where others may connect
   * @param target port of loopback
   */
  Wire(String address, int target) throws IOException {
    this.target = target;
    this.entrance = new ServerSocket(0, 50, InetAddress.getByName(address));
    inBackground(this::accept);
  }

  int port() {
    return entrance.getLocalPort();
  }

  private void accept() {
    while (!entrance.isClosed()) {
      try {
        Socket from = entrance.accept();
        open.add(from);
        Socket to = new Socket();
        open.add(to);
        to.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
        inBackground(() -> pump(from, to));
        inBackground(() -> pump(to, from));
      } catch (IOException refusedOrClosed) {
        // Whoever connected tries again.
      }
    }
  }

  private void pump(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      in.transferTo(to.getOutputStream());
    } catch (IOException broken) {
      // Both ends are closed, which is what they would see anyway.
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private static void inBackground(Runnable work) {
    Thread thread = new Thread(work, "wire");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      entrance.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
