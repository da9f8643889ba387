package dev.uplift.evidence;

import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import java.util.UUID;

/**
 * @param host on which the upgrade ran; the tenant may be elsewhere by now, or nowhere
 */
public record EvidenceRequest(Slug tenant, HostName host, UUID upgradeId) {}
