package dev.uplift.testhost;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;

/**
 * Debian machines of a test: containers that systemd-nspawn boots, with a systemd, a disk and a
 * network of their own. They reach each other by name, and this machine, and nothing else.
 *
 * <pre>{@code
 * try (TestHosts hosts = TestHosts.orSkip()) {
 *   TestHost web = hosts.add("web-1").bindReadOnly(dist, "/media/uplift").boot();
 *   web.mustRun("systemctl", "start", "acme-api");
 *   web.cutPower();
 *   web.boot();
 * }
 * }</pre>
 */
public final class TestHosts implements AutoCloseable {
  private static final int FIRST_ADDRESS = 11;

  /** Why this machine cannot have any, once that was tried; empty if it can. */
  private static String reason;

  private final Path image;
  private final Slot slot;
  private final List<TestHost> hosts = new ArrayList<>();
  private final Thread atExit = new Thread(this::removeAll, "remove-test-hosts");
  private boolean removed;

  private TestHosts(Path image, Slot slot) {
    this.image = image;
    this.slot = slot;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** No host yet. Where this machine cannot boot any, the test is skipped and says why. */
  public static TestHosts orSkip() throws InterruptedException {
    String whyNot = whyNot();
    Assumptions.assumeTrue(
        whyNot.isEmpty(), () -> "No test hosts can be booted on this machine: " + whyNot);
    return create();
  }

  private static synchronized String whyNot() throws InterruptedException {
    if (reason == null) {
      reason = tryOne();
    }
    return reason;
  }

  private static String tryOne() throws InterruptedException {
    if (!"root".equals(System.getProperty("user.name"))) {
      return "that needs root";
    }
    for (String program : List.of("systemd-nspawn", "nsenter", "ip", "debootstrap")) {
      if (!LocalCommand.isInstalled(program)) {
        return "there is no program " + program;
      }
    }
    try (TestHosts probe = create()) {
      probe.add("probe").boot();
      return "";
    } catch (NoTestHosts impossible) {
      return impossible.getMessage();
    }
  }

  private static TestHosts create() throws InterruptedException {
    return new TestHosts(HostImage.obtain(), Slot.take());
  }

  /** Adds a host that is off. Its disk has what a fresh Debian has. */
  public TestHost add(String name) throws InterruptedException {
    TestHost host = new TestHost(name, slot.address(FIRST_ADDRESS + hosts.size()), slot, image);
    hosts.add(host);
    nameAll();
    return host;
  }

  /** The address of this machine, as the hosts reach it. */
  public String outsideAddress() {
    return slot.outside();
  }

  private void nameAll() {
    String names =
        hosts.stream()
            .map(host -> host.address() + " " + host.name() + "\n")
            .collect(Collectors.joining());
    hosts.forEach(host -> host.write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n" + names));
  }

  /** Removes all of them, whatever state they are in. */
  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(atExit);
    removeAll();
  }

  private synchronized void removeAll() {
    if (removed) {
      return;
    }
    removed = true;
    try {
      slot.close();
    } catch (InterruptedException e) {
      // What is left is removed by whoever wants test hosts next.
      Thread.currentThread().interrupt();
    }
  }

  /** What of them is on this machine beside files and processes; for the test of this fixture. */
  List<Path> traces() {
    return Slot.traces(slot.number());
  }

  int number() {
    return slot.number();
  }
}
