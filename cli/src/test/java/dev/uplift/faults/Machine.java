package dev.uplift.faults;

import dev.uplift.host.HostPaths;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.Upstream;
import dev.uplift.scenario.Calls;
import dev.uplift.scenario.SystemdWorld;
import dev.uplift.scenario.World;
import java.util.List;
import java.util.Map;

/** The machine of a test's tenants, as somebody sees it who is root there. */
interface Machine {
  /** What the worker there keeps. */
  HostPaths paths();

  Upstream upstream();

  Calls calls();

  /** What each unit of a tenant is doing, in words that can be compared. */
  Map<String, String> services(SandboxTenant tenant) throws Exception;

  /** The version that the tenant says it has; empty if it does not answer. */
  String version(SandboxTenant tenant) throws Exception;

  /** Processes and units that concern a tenant and are not its services. */
  List<String> strays(SandboxTenant tenant) throws Exception;

  static Machine of(World world) {
    return new ProcessMachine(world);
  }

  static Machine of(SystemdWorld world) {
    return new SystemdMachine(world);
  }
}
