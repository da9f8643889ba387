package dev.uplift.sandbox;

import dev.uplift.host.HostPaths;
import dev.uplift.service.UnitName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What people do today to upgrade a tenant, as a shell script: stop, copy, fetch, check out,
 * install, migrate, start, ask for health. It is the measure of Uplift's own downtime, so it is as
 * fast as that order allows.
 */
public final class SeedProcedure {
  private static final String SCRIPT = "seed-procedure.sh";
  private final Sandbox sandbox;

  public SeedProcedure(Sandbox sandbox) {
    this.sandbox = sandbox;
  }

  /**
   * Upgrades a tenant whose services run, and returns when the new release answers.
   *
   * @return what the script printed: each step with its time in seconds since 1970
   * @throws SandboxException if a step failed; the tenant is then as that step left it
   */
  public String upgrade(SandboxTenant tenant, String tag) {
    Map<String, String> environment = new TreeMap<>(sandbox.workerEnvironment());
    environment.put("CHECKOUT", tenant.path().toString());
    environment.put("TARGET", tag);
    environment.put("API_PORT", Integer.toString(tenant.apiPort()));
    environment.put("FRONTEND_PORT", Integer.toString(tenant.frontendPort()));
    environment.put("SERVICES", new HostPaths(sandbox.state()).processes().toString());
    environment.put("API_UNIT", tenant.apiUnit().value());
    environment.put("FRONTEND_UNIT", tenant.frontendUnit().value());
    environment.put("API_PID", pid(tenant.apiUnit()));
    environment.put("FRONTEND_PID", pid(tenant.frontendUnit()));
    return Tool.in(tenant.path(), environment, "bash", writeScript().toString()).run();
  }

  private String pid(UnitName unit) {
    return sandbox
        .services()
        .state(unit)
        .mainPid()
        .orElseThrow(() -> new SandboxException(unit + " does not run"))
        .toString();
  }

  private Path writeScript() {
    Path script = sandbox.directory().resolve(SCRIPT);
    try (InputStream content = SeedProcedure.class.getResourceAsStream(SCRIPT)) {
      Files.write(script, content.readAllBytes());
      return script;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
