package dev.uplift.api.audit;

import java.time.Clock;
import java.util.List;
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
    database
        .sql("insert into audit (at, who, action, object, reason) values (?, ?, ?, ?, ?)")
        .params(clock.instant().toString(), who, action, object, reason)
        .update();
  }

  /** {@link #record} for what has happened: if the registry is away, the log has the entry. */
  public void recordAfterwards(String who, String action, String object, String reason) {
    try {
      record(who, action, object, reason);
    } catch (DataAccessException away) {
      log.error("missing in the audit log: {} {} {} {}", who, action, object, reason, away);
    }
  }

  List<AuditEntry> page(long before, int limit) {
    return database
        .sql(
            "select seq, at, who, action, object, reason from audit where seq < ? order by seq desc limit ?")
        .params(before, limit)
        .query(AuditEntry.class)
        .list();
  }
}
