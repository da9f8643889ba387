package dev.uplift.api.audit;

import java.time.Clock;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Who did what when to which object. Nothing in it is ever changed; the database refuses that. */
@Component
public class AuditLog {
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

  List<AuditEntry> page(long before, int limit) {
    return database
        .sql(
            "select seq, at, who, action, object, reason from audit where seq < ? order by seq desc limit ?")
        .params(before, limit)
        .query(AuditEntry.class)
        .list();
  }
}
