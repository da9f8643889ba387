package dev.uplift.faults;

import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.TenantFacts;
import dev.uplift.service.ServiceManager;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A tenant of a sandbox, and a copy of it. */
record TenantTemplate(ServiceManager services, SandboxTenant tenant, Path copy)
    implements StruckTenant {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Copies a tenant, whose services are restarted for it. */
  static TenantTemplate of(ServiceManager services, SandboxTenant tenant, Path directory)
      throws Exception {
    Files.createDirectories(directory);
    TenantTemplate template =
        new TenantTemplate(services, tenant, directory.resolve(tenant.id().value()));
    services.stop(tenant.units(), PATIENCE);
    Shell.run("cp", "-a", tenant.path().toString(), template.copy().toString());
    template.startServices();
    return template;
  }

  @Override
  public void putBack() throws Exception {
    services.stop(tenant.units(), PATIENCE);
    Shell.run("rm", "-rf", tenant.path().toString());
    Shell.run("cp", "-a", copy.toString(), tenant.path().toString());
    startServices();
  }

  private void startServices() throws Exception {
    tenant.units().forEach(services::start);
    Eventually.within(PATIENCE, tenant.id() + " answers", () -> TenantFacts.isHealthy(tenant));
  }
}
