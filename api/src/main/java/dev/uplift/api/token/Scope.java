package dev.uplift.api.token;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What a token allows. Each allows what stands before it, too. */
public enum Scope {
  READ,
  UPGRADE,
  /** Also changes the registry, forces upgrades, releases held tenants and reads the audit log. */
  ADMIN;

  public static Scope of(String name) {
    try {
      return valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException unknown) {
      throw new IllegalArgumentException(
          "a scope is read, upgrade or admin, not '" + name + "'", unknown);
    }
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The name of the authority in Spring Security. */
  public String authority() {
    return "SCOPE_" + this;
  }

  Set<Scope> allowed() {
    return EnumSet.range(READ, this);
  }
}
