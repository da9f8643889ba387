package dev.uplift.api.audit;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Who did what when to which object. Nothing in it is ever changed; the database refuses that. */
@Component
public class AuditLog {
  private static final Logger log = LoggerFactory.getLogger(AuditLog.class);

  private final JdbcClient database;
  private final Clock clock;

  public AuditLog(JdbcClient database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * @param who name of the token
   * @param object like {@code tenants/acme}
   * @param reason null if none was given
   */
  public void record(String who, String action, String object, String reason) {
    record(who, action, object, null, reason);
  }

  /** {@link #record(String, String, String, String)} of an upgrade of {@code tenant}. */
  public void recordUpgrade(String who, String action, String tenant, UUID upgrade, String reason) {
    record(who, action, "tenants/" + tenant, upgrade.toString(), reason);
  }

  private void record(String who, String action, String object, String upgrade, String reason) {
    database
        .sql(
            "insert into audit (at, who, action, object, upgrade_id, reason) values (?, ?, ?, ?, ?, ?)")
        .params(clock.instant().toString(), who, action, object, upgrade, reason)
        .update();
  }

  /**
   * {@link #record} of a request that was refused, and is answered whether or not this succeeds.
   *
   * @param upgrade null if it was about none
   */
  public void recordRefused(String who, String object, UUID upgrade, String reason) {
    try {
      record(who, "request.refused", object, upgrade == null ? null : upgrade.toString(), reason);
    } catch (DataAccessException away) {
      log.error("missing in the audit log: {} was refused {}", who, reason, away);
    }
  }

  /**
   * Newest first, at most {@code limit}.
   *
   * @param before only entries with a smaller {@code seq}
   */
  List<AuditEntry> page(int limit, long before, AuditFilter filter) {
    List<String> criteria = new ArrayList<>(List.of("seq < ?"));
    List<Object> values = new ArrayList<>(List.of(before));
    filter
        .criteria()
        .forEach(
            (column, value) -> {
              criteria.add(column + " = ?");
              values.add(value);
            });
    values.add(limit);
    return database
        .sql(
            "select seq, at, who, action, object, upgrade_id, reason from audit where "
                + String.join(" and ", criteria)
                + " order by seq desc limit ?")
        .params(values)
        .query(AuditEntry.class)
        .list();
  }
}
