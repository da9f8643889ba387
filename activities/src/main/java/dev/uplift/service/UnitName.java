package dev.uplift.service;

import dev.uplift.profile.AppProfile;
import dev.uplift.profile.Placeholders;
import dev.uplift.tenant.Tenant;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The name of one service of one tenant, without a suffix: no glob can reach a service manager
 * through it.
 */
public record UnitName(String value) {
  private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

  public UnitName {
    if (value == null || !FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("not a unit name: " + value);
    }
  }

  /** The tenant's units in the order in which they are started. */
  public static List<UnitName> of(Tenant tenant, AppProfile profile) {
    Placeholders placeholders = Placeholders.of(tenant);
    return profile.services().stream().map(placeholders::fill).map(UnitName::new).toList();
  }

  @Override
  public String toString() {
    return value;
  }
}
