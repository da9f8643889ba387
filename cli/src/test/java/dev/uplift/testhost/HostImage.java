package dev.uplift.testhost;

import dev.uplift.sandbox.UserHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A Debian without Uplift, made once for each machine and shared by all its test hosts, which never
 * write to it. A process that uses it holds a shared lock until it ends.
 */
final class HostImage {
  private static final String RELEASE = "bookworm";
  private static final Duration PATIENCE = Duration.ofMinutes(20);

  /** What machines with Python tenants have, and the Java that Uplift needs. */
  private static final List<String> PACKAGES =
      List.of(
          "systemd",
          "systemd-sysv",
          "dbus",
          "libpam-systemd",
          "polkitd",
          "sudo",
          "openjdk-17-jre-headless",
          "python3",
          "python3-venv",
          "git",
          "bubblewrap",
          "sqlite3",
          "iproute2",
          "procps",
          "curl",
          "jq",
          "ca-certificates");

  /** Open to the end: a process has a file's lock as a whole, and loses it with any channel. */
  private static FileChannel held;

  private HostImage() {}

  /**
   * Makes it if it is not there yet, which takes some minutes.
   *
   * @return its root directory
   * @throws NoTestHosts if that is not possible here
   */
  static synchronized Path obtain() throws InterruptedException {
    Path cache = UserHome.cache();
    Path root = cache.resolve("testhost-" + RELEASE);
    Path complete = cache.resolve("testhost-" + RELEASE + ".complete");
    if (held != null) {
      return root;
    }
    FileChannel channel = null;
    try {
      Files.createDirectories(cache);
      channel =
          FileChannel.open(
              cache.resolve("testhost-" + RELEASE + ".lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      if (!isComplete(complete)) {
        try (FileLock exclusive = channel.lock()) {
          if (!isComplete(complete)) {
            make(root);
            Files.writeString(complete, recipe());
          }
        }
      }
      channel.lock(0, Long.MAX_VALUE, true);
      held = channel;
      return root;
    } catch (IOException e) {
      close(channel);
      throw new UncheckedIOException(e);
    } catch (NoTestHosts e) {
      close(channel);
      throw e;
    }
  }

  private static void make(Path root) throws InterruptedException, IOException {
    Path part = root.resolveSibling(root.getFileName() + ".part");
    // A debootstrap that was killed left its /proc there.
    Mounts.removeBelow(part);
    LocalCommand.of("rm", "-rf", "--one-file-system", part.toString(), root.toString())
        .mustRun(PATIENCE);
    CommandOutput made =
        LocalCommand.of(
                "debootstrap",
                "--variant=minbase",
                "--include=" + String.join(",", PACKAGES),
                RELEASE,
                part.toString(),
                mirror())
            .run(PATIENCE);
    if (!made.succeeded()) {
      throw new NoTestHosts("debootstrap fails: " + lastLine(made.text()));
    }
    Files.move(part, root);
  }

  private static boolean isComplete(Path marker) throws IOException {
    return Files.exists(marker) && Files.readString(marker).equals(recipe());
  }

  /** An image of another recipe is made again. */
  private static String recipe() {
    return RELEASE + " " + String.join(" ", PACKAGES) + "\n";
  }

  /** Where this machine's own packages come from. */
  private static String mirror() throws InterruptedException {
    Optional<String> configured =
        LocalCommand.of(
                "apt-get",
                "indextargets",
                "--format",
                "$(REPO_URI)",
                "Created-By: Packages",
                "Component: main",
                "Label: Debian")
            .run(PATIENCE)
            .out()
            .lines()
            .findFirst();
    return configured.orElseThrow(
        () -> new NoTestHosts("apt knows no Debian mirror, or has not been updated from it"));
  }

  private static String lastLine(String text) {
    return text.strip().lines().reduce("", (earlier, later) -> later);
  }

  private static void close(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
