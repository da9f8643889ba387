package dev.uplift.api.rollout;

import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.rollout.RolloutPlanner.PlannedWave;
import dev.uplift.api.rollout.RolloutState.WaveCount;
import dev.uplift.rollout.Outcome;
import dev.uplift.rollout.RolloutDesk;
import dev.uplift.rollout.RolloutDesk.Planned;
import dev.uplift.rollout.RolloutDesk.Rehearsed;
import dev.uplift.rollout.RolloutDesk.TenantOutcome;
import dev.uplift.rollout.RolloutOrder;
import dev.uplift.rollout.RolloutProgress;
import dev.uplift.rollout.RolloutStatus;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.RehearsalReport;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.RowCallbackHandler;
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
  private final JdbcOperations batches;
  private final RegistryAddress address;
  private final JsonMapper json;
  private final Clock clock;

  RolloutStore(
      JdbcClient database,
      JdbcOperations batches,
      RegistryAddress address,
      JsonMapper json,
      Clock clock) {
    this.address = address;
    this.database = database;
    this.batches = batches;
    this.json = json;
    this.clock = clock;
  }

  /**
   * Keeps others from entering rollouts until this transaction is over. SQLite has one writer at a
   * time anyway.
   */
  void lock() {
    if (address.isPostgresql()) {
      database.sql("lock table rollout in share row exclusive mode").update();
    }
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
    List<Object[]> rows = new ArrayList<>();
    for (int wave = 0; wave < waves.size(); wave++) {
      List<Tenant> tenants = waves.get(wave).tenants();
      for (int position = 0; position < tenants.size(); position++) {
        Tenant tenant = tenants.get(position);
        rows.add(
            new Object[] {
              order.id().toString(), wave, position, tenant.id().value(), tenant.host().value()
            });
      }
    }
    batches.batchUpdate(
        "insert into rollout_tenant (rollout, wave, position, tenant, host) values (?, ?, ?, ?, ?)",
        rows);
  }

  /** Takes back what {@link #enter} did: the engine refused the rollout. */
  @Transactional
  public void withdraw(UUID id) {
    database.sql("delete from rollout_event where rollout = ?").param(id.toString()).update();
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

  /** A rollout that upgrades, is not over and has one of these tenants. */
  Optional<StoredRollout> openWith(List<Tenant> tenants) {
    Set<String> names =
        tenants.stream().map(tenant -> tenant.id().value()).collect(Collectors.toSet());
    return unfinished().stream()
        .filter(open -> open.order().rehearsal().upgrades())
        .filter(open -> tenants(open.id()).stream().anyMatch(one -> names.contains(one.tenant())))
        .findFirst();
  }

  /** Some tenants of a wave, in their order. */
  List<Planned> planned(UUID rollout, int wave, int from, int atMost) {
    boolean all = wave == RolloutDesk.ALL_WAVES;
    return database
        .sql(
            "select tenant, host from rollout_tenant where rollout = :rollout"
                + (all ? "" : " and wave = :wave")
                + " order by wave, position limit :limit offset :from")
        .param("rollout", rollout.toString())
        .param("wave", wave)
        .param("limit", atMost)
        .param("from", from)
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

  /** How far each wave is. */
  List<WaveCount> waves(StoredRollout rollout) {
    String reached = "'" + Outcome.SUCCESS.code() + "', '" + Outcome.ALREADY_THERE.code() + "'";
    return database
        .sql(
            "select wave, count(*) as tenants, count(rehearsal) as rehearsed,"
                + " coalesce(sum(case when outcome in ("
                + reached
                + ") then 1 else 0 end), 0) as reached,"
                + " coalesce(sum(case when outcome not in ("
                + reached
                + ") then 1 else 0 end), 0) as troubled"
                + " from rollout_tenant where rollout = ? group by wave order by wave")
        .param(rollout.id().toString())
        .query(
            (row, index) ->
                new WaveCount(
                    rollout.order().waves().get(row.getInt("wave")).name(),
                    row.getInt("tenants"),
                    row.getInt("rehearsed"),
                    row.getInt("reached"),
                    row.getInt("troubled")))
        .list();
  }

  /** Rollouts of which something may still come; oldest first. */
  List<StoredRollout> unfinished() {
    return database
        .sql("select * from rollout where status in " + OPEN + " order by seq")
        .query(this::rollout)
        .list();
  }

  /** Upgrades that a rollout has begun and has not heard of since, by their tenants. */
  Map<String, UUID> unheard(UUID rollout) {
    return upgrades(
        database
            .sql(
                "select tenant, upgrade from rollout_tenant"
                    + " where rollout = ? and outcome is null and upgrade is not null"
                    + " order by wave, position")
            .param(rollout.toString()));
  }

  /** Records that a rollout will tell nothing any more. */
  @Transactional
  public void recordLost(StoredRollout rollout, RolloutProgress last) {
    int changed =
        database
            .sql(
                "update rollout set status = ?, progress = ?, finished_at = ?"
                    + " where id = ? and status in "
                    + OPEN)
            .params(
                RolloutStatus.ABORTED.code(),
                json.writeValueAsString(last),
                clock.instant().toString(),
                rollout.id().toString())
            .update();
    if (changed > 0) {
      tell(rollout.id(), RolloutEvent.STATUS, last);
    }
  }

  /**
   * With what has come of its tenants since its state was told last, which it is only when it
   * changes.
   */
  StoredRollout counted(StoredRollout rollout) {
    RolloutProgress told = rollout.progress();
    if (rollout.status().isOver() || told == null || told.wave() == 0) {
      return rollout;
    }
    long done = waves(rollout).stream().takeWhile(WaveCount::isDone).count();
    return rollout.with(
        told.counting(
            rollout.status(), counts(rollout.id()), (int) Math.min(done + 1, told.waves())));
  }

  /** How many tenants there are of each outcome. */
  Map<Outcome, Integer> counts(UUID rollout) {
    Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
    database
        .sql(
            "select outcome, count(*) as tenants from rollout_tenant"
                + " where rollout = ? and outcome is not null group by outcome")
        .param(rollout.toString())
        .query(
            (RowCallbackHandler)
                row -> counts.put(Outcome.of(row.getString("outcome")), row.getInt("tenants")));
    return counts;
  }

  /**
   * Those of a wave that were upgraded and are not known to have failed since, with their upgrades.
   */
  Map<String, UUID> succeeded(UUID rollout, int wave) {
    return upgrades(
        database
            .sql(
                "select tenant, upgrade from rollout_tenant"
                    + " where rollout = ? and wave = ? and outcome = ? order by position")
            .params(rollout.toString(), wave, Outcome.SUCCESS.code()));
  }

  /** Upgrades that are stalled, as far as the rollout knows, by their tenants. */
  Map<String, UUID> stalled(UUID rollout) {
    return upgrades(
        database
            .sql(
                "select tenant, upgrade from rollout_tenant"
                    + " where rollout = ? and outcome = ? order by wave, position")
            .params(rollout.toString(), Outcome.STALLED.code()));
  }

  /** Rollouts with a tenant of which it is not known what became of it after it stalled. */
  List<UUID> withStalled() {
    return database
        .sql("select distinct rollout from rollout_tenant where outcome = ?")
        .param(Outcome.STALLED.code())
        .query((row, index) -> UUID.fromString(row.getString("rollout")))
        .list();
  }

  private static Map<String, UUID> upgrades(JdbcClient.StatementSpec question) {
    Map<String, UUID> upgrades = new LinkedHashMap<>();
    question.query(
        (RowCallbackHandler)
            row ->
                upgrades.put(row.getString("tenant"), UUID.fromString(row.getString("upgrade"))));
    return upgrades;
  }

  /** Why a tenant whose rehearsal was asked for is not upgraded; empty if the rehearsal passed. */
  Optional<String> refusedInRehearsal(UUID rollout, String tenant) {
    return database
        .sql(
            "select rehearsal, rehearsal_message from rollout_tenant"
                + " where rollout = ? and tenant = ?")
        .params(rollout.toString(), tenant)
        .query(
            (row, index) -> refusal(row.getString("rehearsal"), row.getString("rehearsal_message")))
        .optional()
        .flatMap(refusal -> refusal);
  }

  private static Optional<String> refusal(String rehearsal, String message) {
    if (rehearsal == null) {
      return Optional.of("It has not rehearsed.");
    }
    return switch (Outcome.of(rehearsal)) {
      case WOULD_UPGRADE, ALREADY_THERE -> Optional.empty();
      default -> Optional.of("Its rehearsal ended as " + rehearsal + ": " + message);
    };
  }

  /**
   * Writes down the upgrade of a tenant that is about to be started, maybe not for the first time.
   */
  void begun(UUID rollout, String tenant, UUID upgrade) {
    database
        .sql(
            "update rollout_tenant"
                + " set upgrade = :upgrade, outcome = null, message = null, ended_at = null"
                + " where rollout = :rollout and tenant = :tenant"
                + " and (upgrade is null or upgrade <> :upgrade)")
        .param("upgrade", upgrade.toString())
        .param("rollout", rollout.toString())
        .param("tenant", tenant)
        .update();
  }

  /** Takes back what {@link #begun} did. */
  void withdrawn(UUID rollout, String tenant, UUID upgrade) {
    database
        .sql(
            "update rollout_tenant set upgrade = null"
                + " where rollout = ? and tenant = ? and upgrade = ?")
        .params(rollout.toString(), tenant, upgrade.toString())
        .update();
  }

  @Transactional
  public void recordRehearsals(UUID rollout, List<Rehearsed> rehearsed) {
    for (Rehearsed one : rehearsed) {
      RehearsalReport found = one.report();
      int changed =
          database
              .sql(
                  """
                  update rollout_tenant
                  set rehearsal = ?, rehearsal_message = ?, deployed_version = ?, disk_bytes = ?,
                    migrations_ms = ?
                  where rollout = ? and tenant = ? and (rehearsal is null or rehearsal <> ?)
                  """)
              .params(
                  one.outcome().code(),
                  one.message(),
                  found == null ? null : found.deployedVersion(),
                  found == null ? null : found.diskBytes(),
                  found == null ? null : found.migrationsMillis(),
                  rollout.toString(),
                  one.tenant(),
                  one.outcome().code())
              .update();
      tellIf(changed > 0, rollout, one.tenant());
    }
  }

  @Transactional
  public void recordOutcomes(UUID rollout, List<TenantOutcome> outcomes) {
    for (TenantOutcome one : outcomes) {
      int changed =
          database
              .sql(
                  """
                  update rollout_tenant
                  set outcome = ?, upgrade = case when ? then null else coalesce(?, upgrade) end,
                    message = ?,
                    downtime_ms = coalesce(?, downtime_ms), ended_at = ?
                  where rollout = ? and tenant = ? and (outcome is null or outcome <> ?)
                  """)
              .params(
                  one.outcome().code(),
                  one.outcome().mayPass(), // what was entered for it was not started
                  one.upgradeId() == null ? null : one.upgradeId().toString(),
                  one.message(),
                  one.downtimeMillis(),
                  clock.instant().toString(),
                  rollout.toString(),
                  one.tenant(),
                  one.outcome().code())
              .update();
      tellIf(changed > 0, rollout, one.tenant());
    }
  }

  private void tellIf(boolean changed, UUID rollout, String tenant) {
    if (changed) {
      RolloutTenant now =
          database
              .sql("select * from rollout_tenant where rollout = ? and tenant = ?")
              .params(rollout.toString(), tenant)
              .query(RolloutStore::tenant)
              .single();
      tell(rollout, RolloutEvent.TENANT, now);
    }
  }

  private void tell(UUID rollout, String kind, Object data) {
    database
        .sql("insert into rollout_event (rollout, kind, data) values (?, ?, ?)")
        .params(rollout.toString(), kind, json.writeValueAsString(data))
        .update();
  }

  /** What happened in a rollout after an event, in its order. */
  List<RolloutEvent> events(UUID rollout, long after, int atMost) {
    return database
        .sql("select * from rollout_event where rollout = ? and seq > ? order by seq limit ?")
        .params(rollout.toString(), after, atMost)
        .query(
            (row, index) ->
                new RolloutEvent(row.getLong("seq"), row.getString("kind"), row.getString("data")))
        .list();
  }

  @Transactional
  public void recordProgress(RolloutProgress progress) {
    RolloutStatus status = progress.status();
    int changed =
        database
            .sql(
                "update rollout set status = ?, progress = ?, finished_at = coalesce(finished_at, ?)"
                    + " where id = ? and (progress is null or status <> ?) and status in "
                    + OPEN)
            .params(
                status.code(),
                json.writeValueAsString(progress),
                status.isOver() ? clock.instant().toString() : null,
                progress.id().toString(),
                status.code())
            .update();
    if (changed > 0) {
      tell(progress.id(), RolloutEvent.STATUS, progress);
    }
  }

  /**
   * Sets right what a run that is over has told of tenants that it had given up: of what was
   * stalled and ended later only the ledger knows.
   */
  @Transactional
  public void recount(UUID rollout) {
    StoredRollout stored = find(rollout).orElseThrow();
    RolloutProgress told = stored.progress();
    Map<Outcome, Integer> counts = counts(rollout);
    if (!stored.status().isOver() || told == null || counts.equals(told.counts())) {
      return;
    }
    int reached = Outcome.count(counts, Outcome::isReached);
    boolean all = stored.status() == RolloutStatus.PARTIAL && reached == told.tenants();
    RolloutStatus status = all ? RolloutStatus.SUCCESS : stored.status();
    RolloutProgress now = told.counting(status, counts, told.wave());
    database
        .sql("update rollout set status = ?, progress = ? where id = ?")
        .params(status.code(), json.writeValueAsString(now), rollout.toString())
        .update();
    tell(rollout, RolloutEvent.STATUS, now);
  }

  /** Records that a rollout starts nothing any more, and what it has begun is waited for. */
  void recordEnding(UUID rollout) {
    database
        .sql("update rollout set status = ? where id = ? and status in " + OPEN)
        .params(RolloutStatus.ABORTING.code(), rollout.toString())
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
    return new RolloutTenant(
        row.getString("tenant"),
        row.getString("host"),
        row.getInt("wave") + 1,
        outcome == null ? null : Outcome.of(outcome),
        upgrade == null ? null : UUID.fromString(upgrade),
        row.getString("message"),
        longOrNull(row, "downtime_ms"),
        ended == null ? null : Instant.parse(ended),
        rehearsal(row));
  }

  private static RolloutTenant.Rehearsal rehearsal(ResultSet row) throws SQLException {
    String outcome = row.getString("rehearsal");
    return outcome == null
        ? null
        : new RolloutTenant.Rehearsal(
            Outcome.of(outcome),
            row.getString("rehearsal_message"),
            row.getString("deployed_version"),
            longOrNull(row, "disk_bytes"),
            longOrNull(row, "migrations_ms"),
            null);
  }

  private static Long longOrNull(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }
}
