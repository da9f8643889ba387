package dev.uplift.sandbox;

import dev.uplift.service.UnitName;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** A tenant of the sandbox, and where everything of it is. */
public record SandboxTenant(Tenant tenant) {

  public Slug id() {
    return tenant.id();
  }

  /** The checkout. */
  public Path path() {
    return Path.of(tenant.path());
  }

  public Path database() {
    return path().resolve("db").resolve("pocket.db");
  }

  public UnitName apiUnit() {
    return new UnitName(id() + "-api");
  }

  public UnitName frontendUnit() {
    return new UnitName(id() + "-frontend");
  }

  /** Both units, in the order in which they are started. */
  public List<UnitName> units() {
    return List.of(apiUnit(), frontendUnit());
  }

  public int apiPort() {
    return tenant.ports().get("api");
  }

  public int frontendPort() {
    return tenant.ports().get("frontend");
  }

  /** Free until a release listens there that has metrics. */
  public int metricsPort() {
    return tenant.ports().get("metrics");
  }

  public URI api() {
    return URI.create("http://127.0.0.1:" + apiPort());
  }

  public URI health() {
    return api().resolve("/health");
  }

  public URI frontend() {
    return URI.create("http://127.0.0.1:" + frontendPort() + "/");
  }
}
