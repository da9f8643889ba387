package dev.uplift.discover;

import java.nio.file.Path;
import java.util.List;

/**
 * What a host has.
 *
 * @param tenants in the order of their slugs
 * @param leftOut what looks like a tenant and cannot be taken over as it is
 */
public record Found(List<FoundTenant> tenants, List<LeftOut> leftOut) {
  public Found {
    tenants = List.copyOf(tenants);
    leftOut = List.copyOf(leftOut);
  }

  /**
   * @param path the directory that is meant
   * @param reason why it was left out, with what to do about it
   */
  public record LeftOut(Path path, String reason) {}
}
