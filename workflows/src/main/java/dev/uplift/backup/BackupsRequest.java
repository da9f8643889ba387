package dev.uplift.backup;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Tenant;
import java.util.Objects;

/**
 * What is asked about the backups of a tenant.
 *
 * @param name of the one backup to verify; null for all
 * @param dryRun whether to tell only what would be deleted
 * @param ofHost whether dependency sets and scratch trees of the host are pruned as well, which no
 *     tenant owns
 */
public record BackupsRequest(
    Task task,
    Tenant tenant,
    AppProfile profile,
    String name,
    @JsonProperty("dry_run") boolean dryRun,
    @JsonProperty("of_host") boolean ofHost) {

  /** What to do with them. */
  public enum Task {
    LIST,
    VERIFY,
    PRUNE
  }

  public BackupsRequest {
    Objects.requireNonNull(task, "task");
    Objects.requireNonNull(tenant, "tenant");
    Objects.requireNonNull(profile, "profile");
  }

  public static BackupsRequest list(Tenant tenant, AppProfile profile) {
    return new BackupsRequest(Task.LIST, tenant, profile, null, false, false);
  }

  public static BackupsRequest verify(Tenant tenant, AppProfile profile, String name) {
    return new BackupsRequest(Task.VERIFY, tenant, profile, name, false, false);
  }

  public static BackupsRequest prune(
      Tenant tenant, AppProfile profile, boolean dryRun, boolean ofHost) {
    return new BackupsRequest(Task.PRUNE, tenant, profile, null, dryRun, ofHost);
  }
}
