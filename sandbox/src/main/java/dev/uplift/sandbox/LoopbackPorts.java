package dev.uplift.sandbox;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds free ports of the loopback address for services that are stopped and started again.
 *
 * <p>A port that one JVM was given is given to no other of the same user as long as that lives:
 * whoever asked for it may need minutes until the service is there. They are below those that the
 * kernel gives to outgoing connections: a client that keeps trying the port of a stopped service
 * may be given that very port, connect to itself, and keep the service from coming back.
 */
public final class LoopbackPorts {
  private static final Path EPHEMERAL_RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
  private static final int LOWEST = 10_000;
  private static final int HIGHEST = 32_000;

  /**
   * Byte N is locked by the JVM that was given port N. It is never closed, for that would unlock.
   */
  private static final FileChannel GIVEN = open();

  private LoopbackPorts() {}

  static Path file() {
    return Path.of(
        System.getProperty("java.io.tmpdir"), "uplift-ports-" + System.getProperty("user.name"));
  }

  private static FileChannel open() {
    try {
      return FileChannel.open(
          file(), StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw new SandboxException(file() + " cannot be opened: " + e.getMessage(), e);
    }
  }

  /** As many different ports, all free at this moment. */
  public static List<Integer> free(int count) {
    int end = Math.min(HIGHEST, firstEphemeral());
    List<ServerSocket> held = new ArrayList<>();
    try {
      // From a random place on: what was just used may be asked for by clients for a while.
      int range = end - LOWEST;
      int offset = ThreadLocalRandom.current().nextInt(range);
      for (int tried = 0; tried < range && held.size() < count; tried++) {
        tryToHold(LOWEST + (offset + tried) % range, held);
      }
      if (held.size() < count) {
        throw new SandboxException(
            "there are no %d free ports between %d and %d".formatted(count, LOWEST, end));
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      held.forEach(LoopbackPorts::release);
    }
  }

  private static int firstEphemeral() {
    // Not Files.readString: it reads one byte first, and the kernel gives no second part of this.
    try (BufferedReader range = Files.newBufferedReader(EPHEMERAL_RANGE)) {
      return Math.max(LOWEST + 1, Integer.parseInt(range.readLine().strip().split("\\s+")[0]));
    } catch (IOException | NumberFormatException unknown) {
      return HIGHEST;
    }
  }

  private static void tryToHold(int port, List<ServerSocket> held) {
    try {
      if (!isOurs(port)) {
        return;
      }
      ServerSocket socket = new ServerSocket();
      try {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        held.add(socket);
      } catch (IOException taken) {
        release(socket);
      }
    } catch (IOException e) {
      throw new SandboxException("no port can be looked at: " + e.getMessage(), e);
    }
  }

  /** Whether it was given to nobody yet, which it is from now on. */
  static boolean isOurs(int port) throws IOException {
    try {
      return GIVEN.tryLock(port, 1, false) != null;
    } catch (OverlappingFileLockException given) {
      return false;
    }
  }

  private static void release(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new SandboxException("a socket cannot be closed: " + e.getMessage(), e);
    }
  }
}
