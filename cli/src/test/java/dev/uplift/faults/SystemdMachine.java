package dev.uplift.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.host.HostPaths;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.Upstream;
import dev.uplift.scenario.Calls;
import dev.uplift.scenario.SystemdWorld;
import dev.uplift.testhost.CommandOutput;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A test host, where services are units of systemd. */
record SystemdMachine(SystemdWorld world) implements Machine {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STATE = "/var/lib/uplift";

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
  public Map<String, String> services(SandboxTenant tenant) throws Exception {
    Map<String, String> states = new TreeMap<>();
    for (var unit : tenant.units()) {
      String show = "for p in ActiveState UnitFileState; do systemctl show -P $p %s; done";
      states.put(unit.value(), world.mustScript(show.formatted(unit)).strip().replace("\n", ", "));
    }
    return states;
  }

  @Override
  public String version(SandboxTenant tenant) throws Exception {
    CommandOutput answer =
        world.host().run("curl", "-sf", "http://127.0.0.1:" + tenant.apiPort() + "/health");
    return answer.succeeded() ? JSON.readTree(answer.out()).path("version").asText() : "";
  }

  @Override
  public List<String> strays(SandboxTenant tenant) throws Exception {
    return world
        .mustScript(
            """
            flock --nonblock %2$s/tenants/%1$s/command.lock true ||
              echo "a command of the tenant, which holds its lock"
            systemctl list-units --all --plain --no-legend '%1$s-*' 'run-r*' |
              grep -Ev '^(%1$s-api|%1$s-frontend)\\.service ' || true
            for process in /proc/[0-9]*; do
              case "$(readlink "$process/cwd" 2>/dev/null)" in
                /srv/%1$s|/srv/%1$s/*)
                  grep -qE '/%1$s-(api|frontend)\\.service$' "$process/cgroup" 2>/dev/null ||
                    echo "$process: $(tr '\\0' ' ' <"$process/cmdline")"
              esac
            done 2>/dev/null
            """
                .formatted(tenant.id(), STATE))
        .lines()
        .toList();
  }
}
