package dev.uplift.prepare;

import dev.uplift.discover.Discovery;
import dev.uplift.discover.Found;
import dev.uplift.discover.FoundTenant;
import dev.uplift.discover.FoundUnit;
import dev.uplift.discover.SystemdUnits;
import dev.uplift.prepare.HostFacts.Root;
import dev.uplift.prepare.HostFacts.Root.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads what a plan depends on from the machine that this process runs on. */
final class Machine {
  private static final Pattern USER = Pattern.compile("^User=(.+)$", Pattern.MULTILINE);

  private Machine() {}

  static void requireFit() {
    if (!"root".equals(System.getProperty("user.name"))) {
      throw new Refused("only root can prepare a machine: use sudo");
    }
    if (!SystemdUnits.isRunning()) {
      throw new Refused("systemd does not run here, and the tenants' services must be its units");
    }
    if (!Files.isDirectory(HostPlan.POLKIT_RULE.getParent())) {
      throw new Refused(
          "there is no polkit, which lets the worker restart the tenants' units and nothing else:"
              + " install it (apt-get install polkitd)");
    }
  }

  static HostFacts read(Path dist, Request request, WorkerSettings settings)
      throws IOException, InterruptedException {
    List<Root> roots = settings.roots().stream().map(Machine::root).toList();
    HostPlan.requireUsable(roots);
    List<FoundUnit> units = new SystemdUnits().units();
    Found found = new Discovery(List.of(() -> units)).read(settings.roots());
    Optional<String> workerUser = workerUser();
    Set<String> users = new TreeSet<>(Set.of(HostPlan.SYSTEM_USER));
    request.user().ifPresent(users::add);
    workerUser.ifPresent(users::add);
    found.tenants().stream().map(FoundTenant::owner).forEach(users::add);
    Map<String, String> groups = new HashMap<>();
    for (String user : users) {
      groupOf(user).ifPresent(group -> groups.put(user, group));
    }
    return new HostFacts(
        dist,
        Files.readString(dist.resolve("systemd/uplift-worker.service")),
        Files.readString(dist.resolve("systemd/uplift-api.service")),
        readIfThere(HostPlan.WORKER_SETTINGS),
        readIfThere(HostPlan.API_SETTINGS),
        roots,
        found,
        workerUser,
        groups,
        readIfThere(HostPlan.POLKIT_RULE).flatMap(PolkitRule::parse),
        namesIn(settings.state().resolve("guard")),
        units.stream().collect(Collectors.toMap(FoundUnit::name, FoundUnit::user)));
  }

  static Optional<String> readIfThere(Path file) throws IOException {
    return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
  }

  private static Set<String> namesIn(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return Set.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  /** The name of the machine, for a host that was given none. */
  static String name() {
    try {
      return ThisMachine.name().value();
    } catch (IOException | IllegalArgumentException unusable) {
      throw new Refused(
          "the name of this machine is unusable, give one with --host: " + unusable.getMessage(),
          unusable);
    }
  }

  private static Root root(Path path) {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return new Root(path, Kind.MISSING, false);
    }
    if (goesThroughLink(path)) {
      return new Root(path, Kind.LINK, false);
    }
    if (!Files.isDirectory(path)) {
      return new Root(path, Kind.OTHER, false);
    }
    try {
      return new Root(
          path,
          Kind.DIRECTORY,
          Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_WRITE));
    } catch (IOException e) {
      throw new Refused("the root " + path + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static boolean goesThroughLink(Path path) {
    try {
      return !path.toRealPath().equals(path);
    } catch (IOException e) {
      throw new Refused("the root " + path + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static Optional<String> workerUser() throws IOException {
    return readIfThere(HostPlan.WORKER_DROP_IN)
        .map(USER::matcher)
        .filter(Matcher::find)
        .map(user -> user.group(1));
  }

  /** The primary group of a user; empty if there is no such user. */
  static Optional<String> groupOf(String user) throws IOException, InterruptedException {
    Ended id = run("id", "--group", "--name", "--", user);
    return id.exitCode() == 0 ? Optional.of(id.output().strip()) : Optional.empty();
  }

  /** Whether a service that runs as that user could read the file. */
  static boolean canRead(String user, Path file) throws IOException, InterruptedException {
    if (user.equals(System.getProperty("user.name"))) {
      return Files.isReadable(file);
    }
    String group = mustRun("id", "--group", "--", user).strip();
    List<String> words = new ArrayList<>(List.of("setpriv", "--reuid=" + user, "--regid=" + group));
    words.addAll(List.of("--init-groups", "test", "-r", file.toString()));
    return run(words.toArray(String[]::new)).exitCode() == 0;
  }

  /** Which of the units polkit would not let a process of that user restart. */
  static List<String> deniedToRestart(String user, String group, List<String> units)
      throws IOException, InterruptedException {
    List<String> words =
        List.of("setpriv", "--reuid=" + user, "--regid=" + group, "--clear-groups");
    // It says so when it has become that user: before, it would be root, who may do everything.
    List<String> wait = List.of("sh", "-c", "echo ready; exec sleep 60");
    Process subject =
        new ProcessBuilder(Stream.concat(words.stream(), wait.stream()).toList()).start();
    try {
      if (subject.inputReader().readLine() == null) {
        throw new IOException("no process can be started as " + user);
      }
      List<String> denied = new ArrayList<>();
      for (String unit : units) {
        Ended checked =
            run(
                "pkcheck",
                "--process",
                Long.toString(subject.pid()),
                "--action-id",
                "org.freedesktop.systemd1.manage-units",
                "--detail",
                "unit",
                unit + ".service",
                "--detail",
                "verb",
                "restart");
        if (checked.exitCode() != 0) {
          denied.add(unit);
        }
      }
      return denied;
    } finally {
      subject.destroy();
    }
  }

  static String mustRun(String... words) throws IOException, InterruptedException {
    Ended ended = run(words);
    if (ended.exitCode() != 0) {
      throw new IOException(
          "'%s' ended with %d: %s"
              .formatted(String.join(" ", words), ended.exitCode(), ended.output().strip()));
    }
    return ended.output();
  }

  private static Ended run(String... words) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }

  private record Ended(int exitCode, String output) {}
}
