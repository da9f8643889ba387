package dev.uplift.scenario;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uplift.sandbox.LoopbackPorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A real sshd on loopback with a key of its own, which lets nobody in. */
final class SshServer implements AutoCloseable {
  private static final Path SSHD = Path.of("/usr/sbin/sshd");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final int port;
  private final Process process;

  private SshServer(int port, Process process) {
    this.port = port;
    this.process = process;
  }

  /** Skips the test where there is no sshd. */
  static SshServer start(Path directory) throws Exception {
    assumeTrue(Files.isExecutable(SSHD), "needs sshd: openssh-server");
    if (System.getProperty("user.name").equals("root")) {
      // sshd insists on it, and only systemd makes it.
      Files.createDirectories(Path.of("/run/sshd"));
    }
    int port = LoopbackPorts.free(1).get(0);
    Path configuration =
        Files.writeString(
            directory.resolve("sshd_config"),
            """
            Port %d
            ListenAddress 127.0.0.1
            HostKey %s
            AuthorizedKeysFile none
            PidFile none
            UsePAM no
            """
                .formatted(port, makeKey(directory, "host")));
    Process process =
        new ProcessBuilder(SSHD.toString(), "-D", "-e", "-f", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("sshd.log").toFile())
            .start();
    SshServer server = new SshServer(port, process);
    try {
      Eventually.within(PATIENCE, "sshd answers", server::answers);
      return server;
    } catch (Exception | AssertionError e) {
      server.close();
      throw e;
    }
  }

  private boolean answers() {
    try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
      return socket.getInputStream().read() == 'S';
    } catch (IOException notYet) {
      return false;
    }
  }

  /** A pair of keys, the public one beside it with {@code .pub}. */
  static Path makeKey(Path directory, String name) throws IOException, InterruptedException {
    Path key = directory.resolve(name);
    Process keygen =
        new ProcessBuilder(
                List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString()))
            .inheritIO()
            .start();
    if (keygen.waitFor() != 0) {
      throw new IllegalStateException("ssh-keygen failed");
    }
    return key;
  }

  /** A line of a known_hosts that says that the server has this key. */
  String knownAs(Path key) throws IOException {
    return "[127.0.0.1]:" + port + " " + Files.readString(Path.of(key + ".pub"));
  }

  String url() {
    return "ssh://git@127.0.0.1:" + port + "/srv/cbapp.git";
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
