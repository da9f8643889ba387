package dev.uplift.faults;

import dev.uplift.host.HostPaths;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.Upstream;
import dev.uplift.scenario.Calls;
import dev.uplift.scenario.HostFacts;
import dev.uplift.scenario.SystemdWorld;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A test host, where services are units of systemd. */
record SystemdMachine(SystemdWorld world) implements Machine {
  private static final String STATE = "/var/lib/uplift";

  // The path is put together there: whoever looks must not find himself.
  private static final String STRAYS =
      """
      top=/srv; top=$top/%1$s/
      for process in /proc/[0-9]*; do
        cwd=$(readlink $process/cwd || true)/
        words=$(tr '\\0' ' ' <$process/cmdline 2>/dev/null || true)
        case "$cwd $words" in
          $top*|*" $top"*) grep -qE '%1$s-(api|frontend).service' $process/cgroup || echo "$process: $words" ;;
        esac
      done
      systemctl list-units --plain --no-legend 'run-*' | grep %1$s || true
      """;

  @Override
  public HostPaths paths() {
    return new HostPaths(world.host().file(STATE));
  }

  @Override
  public Upstream upstream() {
    return world.upstream();
  }

  @Override
  public Calls calls() {
    return world.calls();
  }

  @Override
  public Map<String, String> services(SandboxTenant tenant) throws InterruptedException {
    Map<String, String> states = new TreeMap<>();
    for (var unit : tenant.units()) {
      String state =
          world.mustScript(
              "systemctl show -P ActiveState %1$s; systemctl show -P UnitFileState %1$s"
                  .formatted(unit));
      states.put(
          unit.value(), state.strip().replace("\n", ", ").replaceFirst("^active", "running"));
    }
    return states;
  }

  @Override
  public String version(SandboxTenant tenant) throws Exception {
    try {
      return world.health(tenant.id().value()).path("version").asText();
    } catch (AssertionError | RuntimeException down) {
      return "";
    }
  }

  @Override
  public List<String> strays(SandboxTenant tenant) throws Exception {
    List<String> strays = new ArrayList<>();
    if (new HostFacts(paths(), tenant).isCommandLockHeld()) {
      strays.add("a command of the tenant, which holds its lock");
    }
    world.mustScript(STRAYS.formatted(tenant.id())).lines().forEach(strays::add);
    return strays;
  }
}
