package dev.uplift.version;

import dev.uplift.profile.AppProfile;
import dev.uplift.release.Tag;
import dev.uplift.tenant.Tenant;

/**
 * @param target a release to resolve as well; null means the latest
 */
public record VersionRequest(Tenant tenant, AppProfile profile, Tag target) {}
