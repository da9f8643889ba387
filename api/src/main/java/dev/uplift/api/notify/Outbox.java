package dev.uplift.api.notify;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The notifications, pending and past. What is entered here is delivered, whoever restarts. */
@Component
class Outbox {
  private final JdbcClient database;
  private final Clock clock;

  Outbox(JdbcClient database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * Enters a notification. One that is there already, of the same event of an upgrade on the same
   * channel, stays as it is.
   *
   * @param upgradeId null if it is about none
   */
  void enter(UUID id, String channel, Event event, String tenant, UUID upgradeId, String body) {
    long now = clock.millis();
    database
        .sql(
            """
            insert into notification
              (id, channel, event, tenant, upgrade_id, body, status, attempts, created_ms, due_ms)
            values (?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?)
            on conflict (upgrade_id, event, channel) do nothing
            """)
        .params(
            id.toString(),
            channel,
            event.code(),
            tenant,
            upgradeId == null ? null : upgradeId.toString(),
            body,
            now,
            now)
        .update();
  }

  Optional<Notification> find(UUID id) {
    return database
        .sql("select * from notification where id = ?")
        .param(id.toString())
        .query(Outbox::read)
        .optional();
  }

  /**
   * Takes the notification that has been due for longest on a channel, for one attempt. Two
   * processes never get the same one; a process that dies with it loses it at {@code until}.
   */
  Optional<Notification> take(String channel, Instant until) {
    Optional<Notification> due =
        database
            .sql(
                """
                select * from notification
                where channel = ? and status = 'pending' and due_ms <= ?
                order by due_ms, created_ms limit 1
                """)
            .params(channel, clock.millis())
            .query(Outbox::read)
            .optional();
    return due.filter(
            found ->
                database
                        .sql(
                            """
                            update notification set due_ms = ?, attempts = attempts + 1
                            where id = ? and status = 'pending' and due_ms = ?
                            """)
                        .params(
                            until.toEpochMilli(),
                            found.id().toString(),
                            found.dueAt().toEpochMilli())
                        .update()
                    == 1)
        .flatMap(taken -> find(taken.id()));
  }

  void delivered(Notification notification, String answer) {
    end(notification, Notification.DELIVERED, answer);
  }

  void givenUp(Notification notification, String answer) {
    end(notification, Notification.GIVEN_UP, answer);
  }

  void repeatAt(Notification notification, Instant due, String answer) {
    database
        .sql("update notification set due_ms = ?, last_answer = ? where id = ?")
        .params(due.toEpochMilli(), answer, notification.id().toString())
        .update();
  }

  /**
   * Newest first, at most {@code limit}, without those that are not older than {@code before}. Each
   * criterion may be null.
   */
  List<Notification> page(int limit, UUID before, UUID upgradeId, String status) {
    List<String> criteria = new ArrayList<>(List.of("1 = 1"));
    List<Object> values = new ArrayList<>();
    if (before != null) {
      criteria.add(
          "(created_ms, id) < (select n.created_ms, n.id from notification n where n.id = ?)");
      values.add(before.toString());
    }
    if (upgradeId != null) {
      criteria.add("upgrade_id = ?");
      values.add(upgradeId.toString());
    }
    if (status != null) {
      criteria.add("status = ?");
      values.add(status);
    }
    values.add(limit);
    return database
        .sql(
            "select * from notification where "
                + String.join(" and ", criteria)
                + " order by created_ms desc, id desc limit ?")
        .params(values)
        .query(Outbox::read)
        .list();
  }

  private void end(Notification notification, String status, String answer) {
    database
        .sql("update notification set status = ?, ended_ms = ?, last_answer = ? where id = ?")
        .params(status, clock.millis(), answer, notification.id().toString())
        .update();
  }

  private static Notification read(ResultSet row, int index) throws SQLException {
    String upgradeId = row.getString("upgrade_id");
    long ended = row.getLong("ended_ms");
    boolean isOver = !row.wasNull();
    return new Notification(
        UUID.fromString(row.getString("id")),
        row.getString("channel"),
        row.getString("event"),
        row.getString("tenant"),
        upgradeId == null ? null : UUID.fromString(upgradeId),
        row.getString("body"),
        row.getString("status"),
        row.getInt("attempts"),
        Instant.ofEpochMilli(row.getLong("created_ms")),
        Instant.ofEpochMilli(row.getLong("due_ms")),
        isOver ? Instant.ofEpochMilli(ended) : null,
        row.getString("last_answer"));
  }
}
