package dev.uplift.host;

import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Tenant;
import java.nio.file.Path;

/**
 * Where a tenant's parts are.
 *
 * @param checkout the git work tree
 * @param database the SQLite database in it
 */
public record TenantPaths(Path checkout, Path database) {
  public static TenantPaths of(Tenant tenant, AppProfile profile) {
    Path checkout = Path.of(tenant.path());
    return new TenantPaths(checkout, checkout.resolve(profile.database()));
  }
}
