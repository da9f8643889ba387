package dev.uplift.testhost;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One Debian machine, see {@link TestHosts}. Its disk outlives a reboot and a power cut; unlike a
 * real one it loses nothing then that was not synced.
 */
public final class TestHost {
  private static final Duration COMMAND = Duration.ofMinutes(5);
  private static final Duration BOOT = Duration.ofSeconds(60);
  private static final Duration SHUTDOWN = Duration.ofSeconds(120);
  private static final Duration POLL = Duration.ofMillis(20);

  private final String name;
  private final String address;
  private final Slot slot;
  private final Path directory;
  private final Path root;
  private final List<String> binds = new ArrayList<>();
  private Process supervisor;
  private long leader;

  TestHost(String name, String address, Slot slot, Path image) throws InterruptedException {
    this.name = name;
    this.address = address;
    this.slot = slot;
    this.directory = slot.directory().resolve(name);
    this.root = directory.resolve("root");
    try {
      Path upper = Files.createDirectories(directory.resolve("upper"));
      Path work = Files.createDirectories(directory.resolve("work"));
      Files.createDirectories(root);
      String layers = "lowerdir=" + image + ",upperdir=" + upper + ",workdir=" + work;
      LocalCommand.of("mount", "-t", "overlay", "uplift-test", "-o", layers, root.toString())
          .mustRun(COMMAND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalStateException refused) {
      throw new NoTestHosts("no overlay file system can be mounted: " + refused.getMessage());
    }
    describe();
  }

  /** What tells machines apart, and what a real one has and a container lacks. */
  private void describe() {
    write("/etc/hostname", name + "\n");
    write("/etc/machine-id", UUID.randomUUID().toString().replace("-", "") + "\n");
    write(
        "/etc/systemd/network/10-host0.network",
        """
        [Match]
        Name=host0
        [Network]
        Address=%s/24
        Gateway=%s
        LinkLocalAddressing=no
        """
            .formatted(address, slot.outside()));
    // The kernel lets an unprivileged namespace mount /proc only where one is that hides nothing,
    // as on a real machine; nspawn covers parts of its own.
    write(
        "/etc/systemd/system/run-whole\\x2dproc.mount",
        """
        [Mount]
        What=proc
        Where=/run/whole-proc
        Type=proc
        """);
    enable("systemd-networkd.service", "/lib/systemd/system/systemd-networkd.service");
    enable("run-whole\\x2dproc.mount", "/etc/systemd/system/run-whole\\x2dproc.mount");
  }

  private void enable(String unit, String file) {
    try {
      Path wants = root.resolve("etc/systemd/system/multi-user.target.wants");
      Files.createDirectories(wants);
      Files.createSymbolicLink(wants.resolve(unit), Path.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String name() {
    return name;
  }

  /** Its address, for the other hosts and for this machine. */
  public String address() {
    return address;
  }

  /** Shows a file or directory of this machine in the host; to be called before it boots. */
  public TestHost bindReadOnly(Path source, String path) {
    binds.add("--bind-ro=" + source.toAbsolutePath() + ":" + path);
    return this;
  }

  /** Switches it on; returns when systemd says that it is up and its network is there. */
  public TestHost boot() throws InterruptedException {
    if (isOn()) {
      throw new IllegalStateException(name + " is on already");
    }
    Path cgroup = slot.makeCgroup(name);
    // In a group of its own: containers in one group would share the groups of their units.
    List<String> words = new ArrayList<>();
    words.addAll(List.of("sh", "-c", "echo $$ >\"$0\"/cgroup.procs && exec \"$@\""));
    words.add(cgroup.toString());
    words.add("setsid");
    words.addAll(slot.inNetwork());
    words.addAll(List.of("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot"));
    words.addAll(List.of("--settings=no", "--console=pipe", "--link-journal=no"));
    words.addAll(List.of("--resolv-conf=off", "--timezone=off"));
    words.addAll(List.of("--directory=" + root, "--machine=" + slot.name() + "-" + name));
    words.addAll(List.of("--hostname=" + name, "--network-bridge=" + slot.bridge()));
    words.addAll(binds);
    try {
      supervisor =
          new ProcessBuilder(words)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(console().toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    awaitBoot();
    return this;
  }

  private void awaitBoot() throws InterruptedException {
    Instant deadline = Instant.now().plus(BOOT);
    while (!isUp()) {
      if (!supervisor.isAlive() || Instant.now().isAfter(deadline)) {
        throw new NoTestHosts(name + " does not boot: " + consoleTail());
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  private boolean isUp() throws InterruptedException {
    Optional<Long> first = findLeader();
    if (first.isEmpty()) {
      return false;
    }
    leader = first.get();
    // Degraded is up too: a unit that its guard keeps from starting counts as failed.
    String state = run("systemctl", "is-system-running").out().strip();
    return (state.equals("running") || state.equals("degraded"))
        && run("ip", "-4", "address", "show", "dev", "host0").out().contains(address);
  }

  /** The process that is number one in there. */
  private Optional<Long> findLeader() {
    return supervisor
        .children()
        .map(ProcessHandle::pid)
        .filter(
            pid -> {
              try (Stream<String> status = Files.lines(Path.of("/proc/" + pid + "/status"))) {
                return status.anyMatch(line -> line.matches("NSpid:\\s+\\d+\\s+1"));
              } catch (IOException | UncheckedIOException vanished) {
                return false;
              }
            })
        .findFirst();
  }

  /** The pid that the host's first process has on this machine. */
  long leader() {
    return leader;
  }

  public boolean isOn() {
    return supervisor != null && supervisor.isAlive();
  }

  /** Switches it off as an administrator does: every unit is stopped. */
  public void stop() throws InterruptedException {
    supervisor.destroy();
    awaitOff();
  }

  /** Restarts it as an administrator does; returns when it is up again. */
  public void reboot() throws InterruptedException {
    // The command may be ended by what it asks for.
    run("systemctl", "reboot");
    awaitOff();
    boot();
  }

  /** Every process is gone at once, and none could do anything about it. */
  public void cutPower() throws InterruptedException {
    ProcessHandle.of(leader).ifPresent(ProcessHandle::destroyForcibly);
    awaitOff();
  }

  private void awaitOff() throws InterruptedException {
    if (!supervisor.waitFor(SHUTDOWN.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException(name + " does not end: " + consoleTail());
    }
    slot.removeCgroup(name);
  }

  /** Runs a command as root, to its end. */
  public CommandOutput run(String... words) throws InterruptedException {
    return run(COMMAND, words);
  }

  public CommandOutput run(Duration timeout, String... words) throws InterruptedException {
    return new LocalCommand(command(words)).run(timeout);
  }

  /** Runs lines of shell as root, up to the first that fails. */
  public CommandOutput script(String lines) throws InterruptedException {
    return run("bash", "-euo", "pipefail", "-c", lines);
  }

  /**
   * Runs a command as root that has to succeed.
   *
   * @return what it printed on standard output
   */
  public String mustRun(String... words) throws InterruptedException {
    return new LocalCommand(command(words)).mustRun(COMMAND);
  }

  public String mustScript(String lines) throws InterruptedException {
    return mustRun("bash", "-euo", "pipefail", "-c", lines);
  }

  /** Runs a command as another user of the host, with that user's groups and home. */
  public CommandOutput runAs(String user, String... words) throws InterruptedException {
    return run(wordsAs(user, words));
  }

  public String mustRunAs(String user, String... words) throws InterruptedException {
    return mustRun(wordsAs(user, words));
  }

  private static String[] wordsAs(String user, String... words) {
    String become =
        "user=$1; shift; exec setpriv --reuid=\"$user\" --regid=\"$(id -g \"$user\")\""
            + " --init-groups --reset-env -- env LC_ALL=C.UTF-8 \"$@\"";
    return Stream.concat(Stream.of("sh", "-c", become, "as", user), Stream.of(words))
        .toArray(String[]::new);
  }

  /** The words that run a command in the host, for whoever wants its process. */
  public List<String> command(String... words) {
    if (!isOn()) {
      throw new IllegalStateException(name + " is off");
    }
    List<String> entered = new ArrayList<>(List.of("nsenter", "-t", Long.toString(leader), "-a"));
    entered.addAll(List.of("env", "-i", "HOME=/root", "USER=root", "LC_ALL=C.UTF-8"));
    entered.add("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    entered.addAll(List.of(words));
    return entered;
  }

  /** Writes a file that belongs to root and that all may read; it may be on or off. */
  public void write(String path, String content) {
    Path file = file(path);
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies a file of this machine, with its mode. */
  public void copy(Path source, String path) {
    Path file = file(path);
    try {
      Files.createDirectories(file.getParent());
      Files.copy(
          source, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String read(String path) {
    try {
      return Files.readString(file(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Where a file of its disk is on this machine. What the host has mounted over its disk, like
   * {@code /run} and {@code /tmp}, is not there, and an absolute link leads elsewhere.
   */
  public Path file(String path) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("not an absolute path: " + path);
    }
    return root.resolve(path.substring(1)).normalize();
  }

  private Path console() {
    return directory.resolve("console.log");
  }

  private String consoleTail() {
    try {
      String text = new String(Files.readAllBytes(console()), StandardCharsets.UTF_8);
      return text.substring(Math.max(0, text.length() - 2000)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
