package dev.uplift.testhost;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * One of the numbered places where test hosts can be on this machine: a directory for their disks,
 * a network namespace with a bridge, and a control group with all their processes. The number is in
 * the name of each, and its lock is held as long as the JVM lives that has it; so whatever is found
 * under a number whose lock is free was left behind by a JVM that was killed, and is removed.
 *
 * <p>The bridge's network, 198.18.N.0/24, is of those that are set apart for tests of networks.
 * This machine is .1 in it.
 */
final class Slot implements AutoCloseable {
  private static final Path ALL = Path.of("/var/tmp/uplift-testhosts");
  private static final int COUNT = 200;
  private static final String BRIDGE = "br0";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration DELETED_WITHIN = Duration.ofMinutes(10);
  private static final Duration POLL = Duration.ofMillis(20);

  private final int number;
  private final FileChannel lock;
  private final Path cgroups;

  private Slot(int number, FileChannel lock, Path cgroups) {
    this.number = number;
    this.lock = lock;
    this.cgroups = cgroups;
  }

  /**
   * Takes a free one, and removes what is left in all others that are free.
   *
   * @throws NoTestHosts if this machine has no control groups or network namespaces for us
   */
  static Slot take() throws InterruptedException {
    Path cgroups = unifiedHierarchy();
    Slot taken = null;
    try {
      Files.createDirectories(ALL);
      for (int number = 1; number <= COUNT; number++) {
        boolean used = Files.exists(lockFile(number));
        if (taken != null && !used) {
          continue;
        }
        Slot slot = tryLock(number, cgroups);
        if (slot != null && used) {
          slot.clear();
        }
        if (slot != null && taken == null) {
          taken = slot;
        } else if (slot != null) {
          slot.lock.close();
        }
      }
      if (taken == null) {
        throw new NoTestHosts("all " + COUNT + " places for test hosts are taken");
      }
      Files.createDirectories(taken.directory());
      taken.makeNetwork();
      return taken;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Slot tryLock(int number, Path cgroups) throws IOException {
    FileChannel channel =
        FileChannel.open(lockFile(number), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new Slot(number, channel, cgroups);
      }
    } catch (OverlappingFileLockException ours) {
      // Another test of this JVM has it.
    }
    channel.close();
    return null;
  }

  private static Path lockFile(int number) {
    return ALL.resolve(number + ".lock");
  }

  /** Container managers find a container's group by this hierarchy, even if there are others. */
  private static Path unifiedHierarchy() {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      return mounts
          .map(line -> line.split(" "))
          .filter(mount -> mount[2].equals("cgroup2") && mount[3].startsWith("rw"))
          .map(mount -> Path.of(mount[1]))
          .findFirst()
          .orElseThrow(() -> new NoTestHosts("there is no cgroup2 file system to write to"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path directory() {
    return ALL.resolve(Integer.toString(number));
  }

  /** The words before a command that runs it in the network of the test hosts. */
  List<String> inNetwork() {
    return List.of("nsenter", "--net=/run/netns/" + name());
  }

  String bridge() {
    return BRIDGE;
  }

  int number() {
    return number;
  }

  String name() {
    return name(number);
  }

  private static String name(int number) {
    return "uplift-test-" + number;
  }

  /** This machine's end of the wire into the hosts' network. */
  private static String wire(int number) {
    return "uplift-t" + number;
  }

  /** What there is under a number, beside files and processes. */
  static List<Path> traces(int number) {
    return Stream.of(
            Path.of("/run/netns", name(number)),
            Path.of("/sys/class/net", wire(number)),
            unifiedHierarchy().resolve(name(number)))
        .filter(Files::exists)
        .toList();
  }

  /** The address of this machine, for the hosts. */
  String outside() {
    return address(1);
  }

  String address(int last) {
    return "198.18." + number + "." + last;
  }

  /** A group for a host's processes; nobody is in it. */
  Path makeCgroup(String host) {
    try {
      return Files.createDirectories(cgroup().resolve(host));
    } catch (IOException e) {
      throw new NoTestHosts("no control group can be made: " + e);
    }
  }

  /** Removes the group of a host, in every hierarchy; whoever is in it is killed. */
  void removeCgroup(String host) throws InterruptedException {
    try {
      empty(cgroup().resolve(host));
      for (Path hierarchy : hierarchies()) {
        removeTree(hierarchy.resolve(name()).resolve(host));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path cgroup() {
    return cgroups.resolve(name());
  }

  /** Beside the unified one there may be named ones, in which systemd makes the same groups. */
  private static List<Path> hierarchies() throws IOException {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      return mounts
          .map(line -> line.split(" "))
          .filter(mount -> mount[2].startsWith("cgroup"))
          .map(mount -> Path.of(mount[1]))
          .toList();
    }
  }

  private void makeNetwork() throws InterruptedException {
    String outer = wire(number);
    try {
      ip("netns", "add", name());
      inside("link", "set", "lo", "up");
      inside("link", "add", BRIDGE, "type", "bridge");
      inside("link", "set", BRIDGE, "up");
      ip("link", "add", outer, "type", "veth", "peer", "name", "outside", "netns", name());
      inside("link", "set", "outside", "master", BRIDGE, "up");
      ip("address", "add", outside() + "/24", "dev", outer);
      ip("link", "set", outer, "up");
    } catch (IllegalStateException refused) {
      clear();
      throw new NoTestHosts("no network namespace can be made: " + refused.getMessage());
    }
  }

  private void inside(String... words) throws InterruptedException {
    ip(Stream.concat(Stream.of("-n", name()), Stream.of(words)).toArray(String[]::new));
  }

  private static void ip(String... words) throws InterruptedException {
    LocalCommand.of(Stream.concat(Stream.of("ip"), Stream.of(words)).toArray(String[]::new))
        .mustRun(PATIENCE);
  }

  /** Ends and removes whatever is here, in whichever state that is. */
  private void clear() throws InterruptedException {
    try {
      empty(cgroup());
      Mounts.removeBelow(directory());
      // The namespace would take it along, but only some time later.
      if (Files.exists(Path.of("/sys/class/net", wire(number)))) {
        ip("link", "delete", wire(number));
      }
      if (Files.exists(Path.of("/run/netns", name()))) {
        ip("netns", "delete", name());
      }
      for (Path hierarchy : hierarchies()) {
        removeTree(hierarchy.resolve(name()));
      }
      LocalCommand.of("rm", "-rf", "--one-file-system", directory().toString())
          .mustRun(DELETED_WITHIN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void empty(Path cgroup) throws IOException, InterruptedException {
    Instant deadline = Instant.now().plus(PATIENCE);
    List<Long> left = processes(cgroup);
    while (!left.isEmpty()) {
      if (Instant.now().isAfter(deadline)) {
        throw new IllegalStateException("processes " + left + " in " + cgroup + " do not end");
      }
      left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      Thread.sleep(POLL.toMillis());
      left = processes(cgroup);
    }
  }

  private static List<Long> processes(Path cgroup) throws IOException {
    if (!Files.isDirectory(cgroup)) {
      return List.of();
    }
    try (Stream<Path> groups = Files.walk(cgroup)) {
      return groups.filter(Files::isDirectory).flatMap(Slot::processesOfOne).toList();
    } catch (UncheckedIOException vanished) {
      return processes(cgroup);
    }
  }

  private static Stream<Long> processesOfOne(Path cgroup) {
    try {
      return Files.readAllLines(cgroup.resolve("cgroup.procs")).stream().map(Long::valueOf);
    } catch (NoSuchFileException vanished) {
      return Stream.of();
    } catch (IOException e) {
      // A group of threads has none of its own.
      return Stream.of();
    }
  }

  // The files in it are the kernel's; only directories are removed.
  private static void removeTree(Path cgroup) throws IOException, InterruptedException {
    if (!Files.isDirectory(cgroup)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(cgroup)) {
      for (Path group :
          walk.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
        remove(group);
      }
    }
  }

  // A group is busy for a moment longer than its last process is listed in it.
  private static void remove(Path group) throws IOException, InterruptedException {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (true) {
      try {
        Files.deleteIfExists(group);
        return;
      } catch (FileSystemException busy) {
        if (Instant.now().isAfter(deadline)) {
          throw busy;
        }
        Thread.sleep(POLL.toMillis());
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    clear();
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
