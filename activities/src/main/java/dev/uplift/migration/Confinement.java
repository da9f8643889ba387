package dev.uplift.migration;

import dev.uplift.command.ChildEnvironment;
import dev.uplift.command.Command;
import dev.uplift.command.CommandRunner;
import dev.uplift.durable.Directories;
import dev.uplift.host.Cancellation;
import dev.uplift.host.HostPaths;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Runs a command where it sees the whole machine read-only, a scratch tree at the tenant's own
 * path, an empty {@code /tmp} and {@code /run}, no network and no other process. Whatever it
 * writes, by whichever path, lands in the scratch tree or nowhere.
 */
public sealed interface Confinement {

  /**
   * The best that works on this machine, found by really using it; empty if nothing does.
   *
   * @param environment the worker's own
   */
  static Optional<Confinement> probe(HostPaths paths, Map<String, String> environment) {
    return Stream.<Confinement>of(new Bubblewrap(), new Namespaces())
        .filter(confinement -> confinement.holds(paths, environment))
        .findFirst();
  }

  /**
   * The words that run {@code words} confined, in the tenant's path.
   *
   * @param scratch the tree that stands in for the tenant's
   * @param tenant the tenant's real path, without links in it
   * @param sets the dependency sets, to be read
   */
  List<String> confine(Path scratch, Path tenant, Path sets, List<String> words);

  /** Whether a child writes into its scratch tree, and nowhere else. */
  private boolean holds(HostPaths paths, Map<String, String> environment) {
    try {
      Files.createDirectories(paths.state());
      Path probe = Files.createTempDirectory(paths.state().toRealPath(), "probe");
      try {
        return holdsIn(probe, environment);
      } finally {
        Directories.remove(probe);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean holdsIn(Path probe, Map<String, String> environment) throws IOException {
    Path scratch = Files.createDirectory(probe.resolve("scratch"));
    Path tenant = Files.createDirectory(probe.resolve("tenant"));
    Path sets = Files.createDirectory(probe.resolve("sets"));
    List<String> words =
        List.of("sh", "-c", "touch inside && ! touch ../sets/outside ../outside 2>&1");
    CommandRunner.withoutLock(Cancellation.NEVER)
        .run(
            new Command(
                confine(scratch, tenant, sets, words),
                tenant,
                ChildEnvironment.forTenantCode(environment),
                Duration.ofSeconds(10)));
    return Files.exists(scratch.resolve("inside"))
        && !Files.exists(tenant.resolve("inside"))
        && !Files.exists(probe.resolve("outside"))
        && !Files.exists(sets.resolve("outside"));
  }

  /** bubblewrap, the sandbox of Flatpak. */
  record Bubblewrap() implements Confinement {
    @Override
    public List<String> confine(Path scratch, Path tenant, Path sets, List<String> words) {
      List<String> confined =
          new ArrayList<>(
              List.of(
                  "bwrap",
                  "--unshare-user-try",
                  "--unshare-net",
                  "--unshare-pid",
                  "--unshare-ipc",
                  "--unshare-uts",
                  "--die-with-parent",
                  "--cap-drop",
                  "ALL"));
      // Order matters: /tmp and /run would cover a tenant or the sets, were they mounted later.
      confined.addAll(List.of("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"));
      confined.addAll(List.of("--tmpfs", "/tmp", "--tmpfs", "/run"));
      confined.addAll(List.of("--ro-bind", sets.toString(), sets.toString()));
      confined.addAll(List.of("--bind", scratch.toString(), tenant.toString()));
      confined.addAll(List.of("--setenv", "TMPDIR", "/tmp", "--chdir", tenant.toString(), "--"));
      confined.addAll(words);
      return confined;
    }
  }

  /** The same by hand, with what util-linux has. */
  record Namespaces() implements Confinement {
    private static final String SCRIPT = script();

    @Override
    public List<String> confine(Path scratch, Path tenant, Path sets, List<String> words) {
      List<String> confined =
          new ArrayList<>(
              List.of("unshare", "--user", "--map-root-user", "--mount", "--net", "--pid"));
      confined.addAll(List.of("--ipc", "--uts", "--fork", "--kill-child"));
      confined.addAll(List.of("sh", "-c", SCRIPT, "confine"));
      confined.addAll(List.of(scratch.toString(), tenant.toString(), sets.toString()));
      confined.addAll(words);
      return confined;
    }

    private static String script() {
      try (InputStream resource = Confinement.class.getResourceAsStream("confine.sh")) {
        return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
