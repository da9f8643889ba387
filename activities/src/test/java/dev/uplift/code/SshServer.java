package dev.uplift.code;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A real sshd on loopback, with keys of its own, that lets nobody do anything but fetch. */
final class SshServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private final Path directory;
  private final String address;
  private final int port;
  private Process process;

  private SshServer(Path directory, String address, int port) {
    this.directory = directory;
    this.address = address;
    this.port = port;
  }

  /** On a free port; skips the test where there is no sshd. */
  static SshServer start(Path directory) {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      int port = free.getLocalPort();
      free.close();
      return start(directory, "127.0.0.1", port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static SshServer start(Path directory, String address, int port) {
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/sshd")), "needs sshd: openssh-server");
    try {
      SshServer server = new SshServer(Files.createDirectories(directory), address, port);
      server.makeKey("host_ed25519", "ed25519", "");
      server.makeKey("host_rsa", "rsa", "", "-b", "2048");
      Files.writeString(directory.resolve("authorized_keys"), "");
      server.startProcess();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void startProcess() throws IOException {
    if (isRoot()) {
      // sshd insists on it, and only systemd makes it.
      Files.createDirectories(Path.of("/run/sshd"));
    }
    Path configuration =
        Files.writeString(
            directory.resolve("sshd_config"),
            """
            Port %d
            ListenAddress %s
            HostKey %s
            HostKey %s
            AuthorizedKeysFile %s
            PidFile none
            UsePAM no
            StrictModes no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            """
                .formatted(
                    port,
                    address,
                    directory.resolve("host_ed25519"),
                    directory.resolve("host_rsa"),
                    directory.resolve("authorized_keys")));
    process =
        new ProcessBuilder("/usr/sbin/sshd", "-D", "-e", "-f", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(log().toFile())
            .start();
    Instant deadline = Instant.now().plus(PATIENCE);
    while (!answers()) {
      if (!process.isAlive() || Instant.now().isAfter(deadline)) {
        throw new AssertionError("sshd did not start:\n" + Files.readString(log()));
      }
    }
  }

  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 200);
      return socket.getInputStream().read() == 'S';
    } catch (IOException notYet) {
      return false;
    }
  }

  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** A new pair of keys for users or servers. */
  Path makeKey(String name, String type, String passphrase, String... more) throws IOException {
    Path key = directory.resolve(name);
    Files.deleteIfExists(key);
    List<String> command =
        new ArrayList<>(
            List.of("ssh-keygen", "-q", "-t", type, "-N", passphrase, "-f", key.toString()));
    command.addAll(List.of(more));
    Run.succeeding(directory, command);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    return key;
  }

  /** Lets whoever has the key fetch, and nothing else. */
  void authorize(Path key) throws IOException {
    String line = Files.readString(Path.of(key + ".pub"));
    Files.writeString(
        directory.resolve("authorized_keys"),
        "restrict,command=\"git-shell -c \\\"$SSH_ORIGINAL_COMMAND\\\"\" " + line);
  }

  /** A known_hosts with the server's key of this type. */
  Path knownHosts(String type) throws IOException {
    return knownHosts(type, "host_" + type);
  }

  Path knownHosts(String name, String key) throws IOException {
    String host = port == 22 ? address : "[" + address + "]:" + port;
    return Files.writeString(
        directory.resolve("known_hosts_" + name),
        host + " " + Files.readString(directory.resolve(key + ".pub")));
  }

  String url(Path repository) {
    return "ssh://" + System.getProperty("user.name") + "@" + address + ":" + port + repository;
  }

  /** The lines that begin so, of which there is one at least. */
  String awaitLog(String prefix) throws IOException, InterruptedException {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (true) {
      List<String> lines =
          Files.readAllLines(log()).stream().filter(line -> line.startsWith(prefix)).toList();
      if (!lines.isEmpty()) {
        return String.join("\n", lines);
      }
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError("sshd did not log: " + prefix);
      }
      Thread.sleep(10);
    }
  }

  private Path log() {
    return directory.resolve("sshd.log");
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
