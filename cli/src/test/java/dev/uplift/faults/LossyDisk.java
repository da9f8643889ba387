package dev.uplift.faults;

import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.TenantFacts;
import dev.uplift.scenario.World;
import dev.uplift.service.UnitName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The tenants and the worker's state on a disk of their own, whose power is cut: what was written
 * to it and not synced is gone. The disk is a file with an ext4 on it; what that file holds is what
 * had reached the disk, and a copy of it, mounted in its place, is the disk after the cut.
 *
 * <p>The kernel itself is not restarted, so nobody turns back for that: whoever drives the upgrade
 * goes on with what the disk has.
 */
final class LossyDisk implements Blow {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MOST_COPIES = 20;

  private final World world;
  private final Map<String, String> environment;
  private final Path place;
  private final Path directory;
  private Path image;
  private int cuts;

  private LossyDisk(World world, Map<String, String> environment, Path directory) {
    this.world = world;
    this.environment = environment;
    this.place = world.sandbox().directory();
    this.directory = directory;
    this.image = directory.resolve("disk-0");
  }

  /**
   * Moves a sandbox to such a disk. Skips the test where none can be mounted.
   *
   * @param directory for the disk's file
   */
  static LossyDisk under(World world, Map<String, String> environment, Path directory)
      throws Exception {
    Files.createDirectories(directory);
    LossyDisk disk = new LossyDisk(world, environment, directory);
    disk.create();
    return disk;
  }

  private void create() throws Exception {
    Path mounted = Files.createDirectories(directory.resolve("disk"));
    try {
      Shell.run("truncate", "-s", "500M", image.toString());
      Shell.run("mkfs.ext4", "-q", "-F", image.toString());
      Shell.run("mount", "-o", "loop", image.toString(), mounted.toString());
      Shell.run("umount", mounted.toString());
    } catch (IOException impossible) {
      Assumptions.abort("no disk can be mounted: " + impossible.getMessage());
    }
    world.stopWorker();
    for (SandboxTenant tenant : world.sandbox().tenants()) {
      world.sandbox().services().stop(tenant.units(), PATIENCE);
    }
    mount(mounted);
    Shell.run("cp", "-a", place + "/.", mounted.toString());
    Shell.run("umount", mounted.toString());
    // Over what is there, which stays beneath it.
    mount(place);
    recover();
    for (SandboxTenant tenant : world.sandbox().tenants()) {
      Eventually.within(PATIENCE, tenant.id() + " answers", () -> TenantFacts.isHealthy(tenant));
    }
  }

  // The journal of the file system is written when somebody syncs, and not by the clock.
  private void mount(Path where) throws IOException, InterruptedException {
    Shell.run("mount", "-o", "loop,commit=600", image.toString(), where.toString());
  }

  /** What was there before the upgrade is on the disk. */
  @Override
  public void prepare() throws Exception {
    Shell.run("sync", "--file-system", place.toString());
  }

  @Override
  public void fall() throws Exception {
    List<ProcessHandle> all = processes();
    signal("STOP", all);
    // Whoever was being started when its parent was stopped.
    List<ProcessHandle> more = processes();
    signal("STOP", more);
    Path after = copy();
    signal("KILL", more);
    signal("KILL", all);
    world.killWorker();
    for (ProcessHandle killed : more) {
      killed.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    Shell.run("umount", "--lazy", place.toString());
    Files.delete(image);
    image = after;
    mount(place);
  }

  /** As the host does when it is up again: services that are not guarded, and the worker. */
  @Override
  public void recover() throws Exception {
    for (SandboxTenant tenant : world.sandbox().tenants()) {
      for (UnitName unit : tenant.units()) {
        if (!Files.exists(world.sandbox().state().resolve("guard").resolve(unit.value()))) {
          world.sandbox().services().start(unit);
        }
      }
    }
    world.startWorker(Map.of(), environment);
  }

  private List<ProcessHandle> processes() throws IOException {
    List<ProcessHandle> all = new ArrayList<>();
    ProcessHandle.of(world.workerPid())
        .ifPresent(
            worker -> {
              all.add(worker);
              worker.descendants().forEach(all::add);
            });
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      processes
          .filter(entry -> Character.isDigit(entry.getFileName().toString().charAt(0)))
          .filter(this::worksHere)
          .flatMap(
              entry -> ProcessHandle.of(Long.parseLong(entry.getFileName().toString())).stream())
          .forEach(all::add);
    }
    return all;
  }

  private boolean worksHere(Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("cwd")).startsWith(place);
    } catch (IOException vanished) {
      return false;
    }
  }

  private static void signal(String name, List<ProcessHandle> processes)
      throws IOException, InterruptedException {
    for (ProcessHandle process : processes) {
      if (process.isAlive()) {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
      }
    }
  }

  /** Two copies that are equal are of one moment: nobody writes, but the kernel may. */
  private Path copy() throws IOException, InterruptedException {
    cuts++;
    Path copy = copyOnce(cuts + "-a");
    for (int times = 0; times < MOST_COPIES; times++) {
      Path again = copyOnce(cuts + "-" + times);
      boolean equal = Files.mismatch(copy, again) == -1;
      Files.delete(copy);
      copy = again;
      if (equal) {
        return copy;
      }
    }
    throw new IllegalStateException("the disk does not come to rest");
  }

  private Path copyOnce(String name) throws IOException, InterruptedException {
    Path copy = directory.resolve("disk-" + name);
    Shell.run("cp", "--sparse=always", image.toString(), copy.toString());
    return copy;
  }

  @Override
  public void close() {
    try {
      Shell.run("umount", "--lazy", place.toString());
    } catch (IOException notMounted) {
      System.out.println(notMounted.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
