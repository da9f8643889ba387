package dev.uplift.host;

import dev.uplift.tenant.Slug;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Where things are below the worker's state directory. A checkout keeps nothing of Uplift but its
 * backups and the links to its dependency sets.
 */
public record HostPaths(Path state) {
  /** Bare mirrors, one for each upstream. */
  public Path mirrors() {
    return state.resolve("mirrors");
  }

  /** Dependency sets by hash, shared by all tenants that need the same. */
  public Path sets() {
    return state.resolve("sets");
  }

  /** A file named after a unit keeps that unit from being started. */
  public Path guards() {
    return state.resolve("guard");
  }

  /** Pid files, locks and logs of services that run as our own processes. */
  public Path processes() {
    return state.resolve("process");
  }

  public Path tenants() {
    return state.resolve("tenants");
  }

  public Path tenant(Slug id) {
    return tenants().resolve(id.value());
  }

  public Path journals(Slug id) {
    return tenant(id).resolve("journal");
  }

  public Path preparations(Slug id) {
    return tenant(id).resolve("preparation");
  }

  /** What verifying each backup of a tenant showed. */
  public Path verified(Slug id) {
    return tenant(id).resolve("verified");
  }

  /** What was seen of the upgrades of a tenant, a directory for each. */
  public Path evidence(Slug id) {
    return tenant(id).resolve("evidence");
  }

  /** What the preparation of an upgrade noted for its cutover. */
  public Path preparation(Slug id, UUID upgradeId) {
    return preparations(id).resolve(upgradeId + ".json");
  }

  /** Held by the JVM that works on the tenant. */
  public Path attemptLock(Slug id) {
    return tenant(id).resolve("attempt.lock");
  }

  /**
   * Held by every child that works on the tenant, so that an orphan of a killed worker still holds
   * it.
   */
  public Path commandLock(Slug id) {
    return tenant(id).resolve("command.lock");
  }

  /**
   * Held, shared, by every child that reads the tenant while it serves: an inspection or a
   * rehearsal must not be what keeps it from being stopped.
   */
  public Path preparationLock(Slug id) {
    return tenant(id).resolve("preparation.lock");
  }

  /** Held, shared, by every worker that uses this state directory. */
  public Path occupancy() {
    return state.resolve("workers.lock");
  }

  public Path scratch() {
    return state.resolve("scratch");
  }

  /** Scratch trees of an upgrade; whatever is here is worth nothing after a restart. */
  public Path scratch(UUID upgradeId) {
    return scratch().resolve(upgradeId.toString());
  }
}
