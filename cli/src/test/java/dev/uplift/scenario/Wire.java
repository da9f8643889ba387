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
public final class Wire implements AutoCloseable {
  private final InetAddress address;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private ServerSocket entrance;

  /**
   * @param address of this machine, where others may connect
   * @param target port of loopback
   */
  public Wire(String address, int target) throws IOException {
    this.address = InetAddress.getByName(address);
    this.target = target;
    listen(0);
  }

  public int port() {
    return entrance.getLocalPort();
  }

  /** Lets through what {@link #close} has cut. */
  public void mend() throws IOException {
    listen(port());
  }

  private void listen(int port) throws IOException {
    ServerSocket listening = new ServerSocket(port, 50, address);
    entrance = listening;
    inBackground(() -> accept(listening));
  }

  private void accept(ServerSocket listening) {
    while (!listening.isClosed()) {
      try {
        Socket from = listening.accept();
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

  /** Nobody gets through any more, nor anything that is on its way. */
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
