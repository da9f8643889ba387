package dev.uplift.rollback;

import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Tenant;
import java.util.UUID;

/**
 * What a host is asked before a rollback.
 *
 * @param id of the question, for what the host has to put somewhere to answer it
 * @param compare whether the database is to be compared with the backup, which can take minutes
 */
public record RollbackQuestion(UUID id, Tenant tenant, AppProfile profile, boolean compare) {}
