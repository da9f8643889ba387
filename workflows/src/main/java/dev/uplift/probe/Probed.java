package dev.uplift.probe;

import dev.uplift.profile.AppProfile;
import dev.uplift.release.Tag;
import dev.uplift.tenant.Tenant;

/**
 * A tenant whose health is asked for.
 *
 * @param profile its app's, as registered
 * @param release the one that its answers must name where they name one
 */
public record Probed(Tenant tenant, AppProfile profile, Tag release) {}
