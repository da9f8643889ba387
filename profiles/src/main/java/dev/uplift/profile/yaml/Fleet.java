package dev.uplift.profile.yaml;

import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Tenant;
import java.util.List;
import java.util.Map;

/** The hosts, apps and tenants that a fleet file describes, in its order. */
public record Fleet(List<Host> hosts, Map<AppName, AppProfile> apps, List<Tenant> tenants) {}
