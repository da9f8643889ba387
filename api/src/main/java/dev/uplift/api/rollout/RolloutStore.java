package dev.uplift.api.rollout;

import dev.uplift.api.rollout.RolloutPlanner.PlannedWave;
import dev.uplift.rollout.Outcome;
import dev.uplift.rollout.RolloutDesk.Planned;
import dev.uplift.rollout.RolloutDesk.TenantOutcome;
import dev.uplift.rollout.RolloutOrder;
import dev.uplift.rollout.RolloutProgress;
import dev.uplift.rollout.RolloutStatus;
import dev.uplift.tenant.Tenant;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** Every rollout that was asked for here, and what came of its tenants. */
@Component
class RolloutStore {
  /** Those of which something may still come. */
  private static final String OPEN =
      Stream.of(RolloutStatus.values())
          .filter(status -> !status.isOver())
          .map(status -> "'" + status.code() + "'")
          .collect(Collectors.joining(", ", "(", ")"));

  private final JdbcClient database;
  private final JsonMapper json;
  private final Clock clock;

  RolloutStore(JdbcClient database, JsonMapper json, Clock clock) {
    this.database = database;
    this.json = json;
    this.clock = clock;
  }

  /** Enters a rollout that is about to be started. */
  @Transactional
  public void enter(RolloutOrder order, List<PlannedWave> waves, String reason, UUID retryOf) {
    database
        .sql(
            """
            insert into rollout (id, target_version, requested_by, reason, requested_at, retry_of,
              status, rollout_order)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            """)
        .params(
            order.id().toString(),
            order.target().name(),
            order.requestedBy(),
            reason,
            clock.instant().toString(),
            retryOf == null ? null : retryOf.toString(),
            RolloutStatus.RUNNING.code(),
            json.writeValueAsString(order))
        .update();
    for (int wave = 0; wave < waves.size(); wave++) {
      List<Tenant> tenants = waves.get(wave).tenants();
      for (int position = 0; position < tenants.size(); position++) {
        Tenant tenant = tenants.get(position);
        database
            .sql(
                "insert into rollout_tenant (rollout, wave, position, tenant, host)"
                    + " values (?, ?, ?, ?, ?)")
            .params(
                order.id().toString(), wave, position, tenant.id().value(), tenant.host().value())
            .update();
      }
    }
  }

  /** Takes back what {@link #enter} did: the engine refused the rollout. */
  @Transactional
  public void withdraw(UUID id) {
    database.sql("delete from rollout_tenant where rollout = ?").param(id.toString()).update();
    database.sql("delete from rollout where id = ?").param(id.toString()).update();
  }

  Optional<StoredRollout> find(UUID id) {
    return database
        .sql("select * from rollout where id = ?")
        .param(id.toString())
        .query(this::rollout)
        .optional();
  }

  /**
   * Newest first.
   *
   * @param before null for the newest
   */
  List<StoredRollout> page(int limit, UUID before) {
    return database
        .sql(
            """
            select * from rollout
            where cast(:before as text) is null
              or seq < (select seq from rollout where id = :before)
            order by seq desc limit :limit
            """)
        .param("before", before == null ? null : before.toString())
        .param("limit", limit)
        .query(this::rollout)
        .list();
  }

  /** A rollout that is not over and has one of these tenants. */
  Optional<StoredRollout> openWith(List<Tenant> tenants) {
    List<String> names = tenants.stream().map(tenant -> tenant.id().value()).toList();
    return database
        .sql("select * from rollout where status in " + OPEN + " order by seq")
        .query(this::rollout)
        .list()
        .stream()
        .filter(open -> tenants(open.id()).stream().anyMatch(one -> names.contains(one.tenant())))
        .findFirst();
  }

  /** Some tenants of a wave, in their order. */
  List<Planned> planned(UUID rollout, int wave, int from, int atMost) {
    return database
        .sql(
            """
            select tenant, host from rollout_tenant
            where rollout = ? and wave = ? and position >= ? order by position limit ?
            """)
        .params(rollout.toString(), wave, from, atMost)
        .query((row, index) -> new Planned(row.getString("tenant"), row.getString("host")))
        .list();
  }

  /** All tenants of a rollout, in their order. */
  List<RolloutTenant> tenants(UUID rollout) {
    return database
        .sql("select * from rollout_tenant where rollout = ? order by wave, position")
        .param(rollout.toString())
        .query(RolloutStore::tenant)
        .list();
  }

  @Transactional
  public void recordOutcomes(UUID rollout, List<TenantOutcome> outcomes) {
    for (TenantOutcome one : outcomes) {
      database
          .sql(
              """
              update rollout_tenant
              set outcome = ?, upgrade = ?, message = ?, downtime_ms = ?, ended_at = ?
              where rollout = ? and tenant = ?
              """)
          .params(
              one.outcome().code(),
              one.upgradeId() == null ? null : one.upgradeId().toString(),
              one.message(),
              one.downtimeMillis(),
              clock.instant().toString(),
              rollout.toString(),
              one.tenant())
          .update();
    }
  }

  void recordProgress(RolloutProgress progress) {
    RolloutStatus status = progress.status();
    database
        .sql(
            "update rollout set status = ?, progress = ?, finished_at = coalesce(finished_at, ?)"
                + " where id = ?")
        .params(
            status.code(),
            json.writeValueAsString(progress),
            status.isOver() ? clock.instant().toString() : null,
            progress.id().toString())
        .update();
  }

  private StoredRollout rollout(ResultSet row, int index) throws SQLException {
    String finished = row.getString("finished_at");
    String retryOf = row.getString("retry_of");
    String progress = row.getString("progress");
    return new StoredRollout(
        UUID.fromString(row.getString("id")),
        RolloutStatus.of(row.getString("status")),
        row.getString("target_version"),
        row.getString("requested_by"),
        row.getString("reason"),
        Instant.parse(row.getString("requested_at")),
        finished == null ? null : Instant.parse(finished),
        retryOf == null ? null : UUID.fromString(retryOf),
        json.readValue(row.getString("rollout_order"), RolloutOrder.class),
        progress == null ? null : json.readValue(progress, RolloutProgress.class));
  }

  private static RolloutTenant tenant(ResultSet row, int index) throws SQLException {
    String outcome = row.getString("outcome");
    String upgrade = row.getString("upgrade");
    String ended = row.getString("ended_at");
    long downtime = row.getLong("downtime_ms");
    boolean unknown = row.wasNull();
    return new RolloutTenant(
        row.getString("tenant"),
        row.getString("host"),
        row.getInt("wave") + 1,
        outcome == null ? null : Outcome.of(outcome),
        upgrade == null ? null : UUID.fromString(upgrade),
        row.getString("message"),
        unknown ? null : downtime,
        ended == null ? null : Instant.parse(ended));
  }
}
