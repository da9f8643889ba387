package dev.uplift.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.host.HostPaths;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.Upstream;
import dev.uplift.scenario.Calls;
import dev.uplift.scenario.HostFacts;
import dev.uplift.scenario.World;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** This machine, where services are processes of the sandbox. */
record ProcessMachine(World world) implements Machine {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int ANSWERS_WITHIN_MILLIS = 30_000;

  @Override
  public HostPaths paths() {
    return new HostPaths(world.sandbox().state());
  }

  @Override
  public Upstream upstream() {
    return world.sandbox().upstream();
  }

  @Override
  public Calls calls() {
    return world.calls();
  }

  @Override
  public Map<String, String> services(SandboxTenant tenant) {
    Map<String, String> states = new TreeMap<>();
    tenant
        .units()
        .forEach(
            unit ->
                states.put(
                    unit.value(),
                    world.sandbox().services().state(unit).running() ? "running" : "stopped"));
    return states;
  }

  @Override
  public String version(SandboxTenant tenant) {
    try {
      HttpURLConnection connection = (HttpURLConnection) tenant.health().toURL().openConnection();
      connection.setConnectTimeout(ANSWERS_WITHIN_MILLIS);
      connection.setReadTimeout(ANSWERS_WITHIN_MILLIS);
      return JSON.readTree(connection.getInputStream()).path("version").asText();
    } catch (IOException down) {
      return "";
    }
  }

  @Override
  public List<String> strays(SandboxTenant tenant) throws Exception {
    List<String> strays = new ArrayList<>();
    if (new HostFacts(paths(), tenant).isCommandLockHeld()) {
      strays.add("a command of the tenant, which holds its lock");
    }
    Set<Long> services =
        tenant.units().stream()
            .flatMap(unit -> world.sandbox().services().state(unit).mainPid().stream())
            .collect(Collectors.toSet());
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : processes.filter(ProcessMachine::isProcess).toList()) {
        if (concerns(process, tenant.path()) && !isOneOf(process, services)) {
          strays.add("process " + process.getFileName() + ": " + commandLine(process));
        }
      }
    }
    return strays;
  }

  private static boolean isProcess(Path entry) {
    return Character.isDigit(entry.getFileName().toString().charAt(0));
  }

  private static boolean concerns(Path process, Path checkout) {
    try {
      return Files.readSymbolicLink(process.resolve("cwd")).startsWith(checkout)
          || commandLine(process).contains(checkout + "/");
    } catch (IOException vanished) {
      return false;
    }
  }

  private static String commandLine(Path process) throws IOException {
    byte[] words = Files.readAllBytes(process.resolve("cmdline"));
    return new String(words, StandardCharsets.UTF_8).replace('\0', ' ').strip();
  }

  private static boolean isOneOf(Path process, Set<Long> services) {
    long pid = Long.parseLong(process.getFileName().toString());
    return services.contains(pid)
        || ProcessHandle.of(pid)
            .flatMap(ProcessHandle::parent)
            .filter(parent -> services.contains(parent.pid()))
            .isPresent();
  }
}
