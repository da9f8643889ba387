package dev.uplift.logging;

import dev.uplift.tenant.Slug;
import java.util.UUID;
import org.slf4j.MDC;

/** Names the tenant and the upgrade in every line that this thread logs until it is closed. */
public final class LogContext implements AutoCloseable {
  private static final String TENANT = "tenant";
  private static final String UPGRADE = "upgrade_id";

  private final String tenantBefore = MDC.get(TENANT);
  private final String upgradeBefore = MDC.get(UPGRADE);

  private LogContext(String tenant, String upgrade) {
    put(TENANT, tenant);
    put(UPGRADE, upgrade);
  }

  /**
   * @param upgradeId null if the work is not part of an upgrade
   */
  public static LogContext of(Slug tenant, UUID upgradeId) {
    return of(tenant.value(), upgradeId == null ? null : upgradeId.toString());
  }

  /** {@link #of(Slug, UUID)} for ids as they were written. Each may be null. */
  public static LogContext of(String tenant, String upgradeId) {
    return new LogContext(tenant, upgradeId);
  }

  @Override
  public void close() {
    put(TENANT, tenantBefore);
    put(UPGRADE, upgradeBefore);
  }

  private static void put(String key, String value) {
    if (value == null) {
      MDC.remove(key);
    } else {
      MDC.put(key, value);
    }
  }
}
