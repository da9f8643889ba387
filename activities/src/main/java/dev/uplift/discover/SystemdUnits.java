package dev.uplift.discover;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The services of systemd. Everybody may ask for them; only root sees where all of them listen. */
public final class SystemdUnits implements UnitSource {
  private static final int UNITS_AT_ONCE = 100;

  /** Whether systemd is what runs the services of this machine. */
  public static boolean isRunning() {
    return Files.isDirectory(Path.of("/run/systemd/system"));
  }

  @Override
  public List<FoundUnit> units() throws IOException {
    List<String> names = new ArrayList<>(names());
    // By their own names: an alias is answered with the unit that it stands for.
    Map<String, FoundUnit> units = new TreeMap<>();
    for (int from = 0; from < names.size(); from += UNITS_AT_ONCE) {
      List<String> words = new ArrayList<>(List.of("show"));
      words.add("--property=" + String.join(",", SystemctlShow.PROPERTIES));
      words.add("--");
      words.addAll(names.subList(from, Math.min(from + UNITS_AT_ONCE, names.size())));
      for (SystemctlShow unit : SystemctlShow.parse(systemctl(words))) {
        units.put(unit.name(), found(unit));
      }
    }
    return List.copyOf(units.values());
  }

  // Files tell what could run, units what does: instances of a template are only among these.
  private static Set<String> names() throws IOException {
    Set<String> names = new TreeSet<>();
    for (String list : List.of("list-unit-files", "list-units --all")) {
      List<String> words = new ArrayList<>(List.of(list.split(" ")));
      words.addAll(List.of("--type=service", "--no-legend", "--plain", "--full"));
      systemctl(words)
          .lines()
          .map(line -> line.strip().split("\\s+")[0])
          .filter(name -> name.endsWith(".service") && !name.endsWith("@.service"))
          .forEach(names::add);
    }
    return names;
  }

  private static FoundUnit found(SystemctlShow unit) throws IOException {
    Map<String, Integer> settings = new TreeMap<>();
    for (Path file : unit.environmentFiles()) {
      try {
        settings.putAll(PortSettings.ofFile(file));
      } catch (IOException absentOrDenied) {
        // What this user may not read it cannot tell; a missing port is noticed later.
        continue;
      }
    }
    settings.putAll(PortSettings.of(unit.environment()));
    String user = unit.value("User");
    return new FoundUnit(
        unit.name(),
        Path.of(unit.value("FragmentPath")),
        RealPaths.of(unit.places()),
        user.isEmpty() ? "root" : nameOf(user),
        unit.isOneShot(),
        unit.triggers(),
        unit.isActive(),
        unit.isEnabled(),
        settings,
        PortSettings.ofCommand(unit.command()),
        ListeningPorts.of(processes(unit.value("ControlGroup"))));
  }

  /** A user may stand in a unit by number. */
  private static String nameOf(String user) throws IOException {
    if (!user.matches("[0-9]+")) {
      return user;
    }
    Process id = new ProcessBuilder("id", "--user", "--name", "--", user).start();
    id.getOutputStream().close();
    String name = new String(id.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return name.isEmpty() ? user : name;
  }

  private static Set<Long> processes(String controlGroup) {
    Set<Long> pids = new TreeSet<>();
    for (String hierarchy : List.of("/sys/fs/cgroup", "/sys/fs/cgroup/systemd")) {
      Path group = Path.of(hierarchy + controlGroup);
      if (controlGroup.isEmpty() || !Files.isDirectory(group)) {
        continue;
      }
      try (Stream<Path> all = Files.walk(group)) {
        for (Path members : all.filter(path -> path.endsWith("cgroup.procs")).toList()) {
          Files.readAllLines(members).forEach(line -> pids.add(Long.valueOf(line.strip())));
        }
      } catch (IOException | UncheckedIOException goneMeanwhile) {
        continue;
      }
    }
    return pids;
  }

  private static String systemctl(List<String> words) throws IOException {
    List<String> command = new ArrayList<>(List.of("systemctl", "--no-pager", "--no-ask-password"));
    command.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().put("SYSTEMD_COLORS", "0");
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException("systemd cannot be asked for its units: " + output.strip());
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return output;
  }
}
