package dev.uplift.api.ledger;

import dev.uplift.logging.LogContext;
import dev.uplift.rollout.RolloutStatus;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.ReleasedTenant;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.upgrade.UpgradeReport;
import dev.uplift.upgrade.UpgradeStatus;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** Every upgrade that was asked for here, and how it ended. */
@Component
public class UpgradeLedger {
  private static final Logger log = LoggerFactory.getLogger(UpgradeLedger.class);

  private static final int NEWEST = 20_000;

  private final JdbcClient database;
  private final JsonMapper json;
  private final Clock clock;
  private final ApplicationEventPublisher events;

  UpgradeLedger(
      JdbcClient database, JsonMapper json, Clock clock, ApplicationEventPublisher events) {
    this.database = database;
    this.json = json;
    this.clock = clock;
    this.events = events;
  }

  /** Enters an upgrade that is about to be started. */
  public void enter(UpgradePlan plan) {
    database
        .sql(
            """
            insert into upgrade (id, tenant, host, target_version, requested_by, reason, requested_at,
              operation, of_upgrade)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        .params(
            plan.upgradeId().toString(),
            plan.tenant().id().value(),
            plan.tenant().host().value(),
            plan.target() == null ? null : plan.target().name(),
            plan.requestedBy(),
            plan.options().reason(),
            clock.instant().toString(),
            plan.operation().code(),
            plan.ofUpgrade() == null ? null : plan.ofUpgrade().toString())
        .update();
  }

  /** Takes back what {@link #enter} did: the engine refused the upgrade. */
  public void withdraw(UUID id) {
    database
        .sql("delete from upgrade where id = ? and status is null")
        .param(id.toString())
        .update();
  }

  public void started(UUID id, String runId) {
    database
        .sql("update upgrade set run_id = ? where id = ?")
        .params(runId, id.toString())
        .update();
  }

  /**
   * Records how an upgrade ended, also one that was not started from here. The first outcome that
   * is recorded stays.
   */
  @Transactional
  public void recordOutcome(UpgradeReport report) {
    Instant finished = Objects.requireNonNullElseGet(report.finishedAt(), clock::instant);
    Instant started = Objects.requireNonNullElse(report.startedAt(), finished);
    int recorded =
        database
            .sql(
                """
            insert into upgrade (id, tenant, target_version, requested_by, reason, requested_at,
              status, finished_at, report, failure_kind, downtime_ms, operation, of_upgrade)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (id) do update set
              status = excluded.status, finished_at = excluded.finished_at, report = excluded.report,
              failure_kind = excluded.failure_kind, downtime_ms = excluded.downtime_ms,
              target_version = coalesce(upgrade.target_version, excluded.target_version)
            where upgrade.report is null
            """)
            .params(
                report.upgradeId().toString(),
                report.tenant(),
                report.targetVersion(),
                report.requestedBy(),
                report.reason(),
                started.toString(),
                report.status().code(),
                finished.toString(),
                json.writeValueAsString(report),
                report.failure() == null ? null : report.failure().kind().code(),
                report.downtimeMillis(),
                operationOf(report).code(),
                report.ofUpgrade() == null ? null : report.ofUpgrade().toString())
            .update();
    tellIf(recorded > 0, report.upgradeId());
  }

  // Reports of workers that know only upgrades say nothing of it.
  private static Operation operationOf(UpgradeReport report) {
    return Objects.requireNonNullElse(report.operation(), Operation.UPGRADE);
  }

  /** Records that there will be no report. */
  @Transactional
  public void recordEnd(UUID id, String status) {
    int recorded =
        database
            .sql("update upgrade set status = ?, finished_at = ? where id = ? and status is null")
            .params(status, clock.instant().toString(), id.toString())
            .update();
    tellIf(recorded > 0, id);
  }

  private void tellIf(boolean changed, UUID id) {
    if (changed) {
      find(id).ifPresent(this::tell);
    }
  }

  private void tell(LedgerEntry entry) {
    try (LogContext named = LogContext.of(entry.tenant(), entry.id().toString())) {
      log.info("upgrade recorded: {}", entry.status());
      events.publishEvent(new UpgradeEnded(entry));
    }
  }

  public Optional<LedgerEntry> find(UUID id) {
    return database
        .sql("select * from upgrade where id = ?")
        .param(id.toString())
        .query(this::entry)
        .optional();
  }

  /**
   * Newest first, at most {@code limit}, without those that are not older than {@code before}.
   *
   * @param before null for the newest
   * @param tenant null for all
   * @param status null for all
   */
  public List<LedgerEntry> page(int limit, UUID before, Slug tenant, String status) {
    return database
        .sql(
            """
            select * from upgrade
            where (cast(:before as text) is null or seq < (select seq from upgrade where id = :before))
              and (cast(:tenant as text) is null or tenant = :tenant)
              and (cast(:status as text) is null or coalesce(status, 'running') = :status)
            order by seq desc limit :limit
            """)
        .param("before", before == null ? null : before.toString())
        .param("tenant", tenant == null ? null : tenant.value())
        .param("status", status)
        .param("limit", limit)
        .query(this::entry)
        .list();
  }

  /** The newest upgrade of a tenant that has not ended. */
  public Optional<LedgerEntry> running(Slug tenant) {
    return database
        .sql("select * from upgrade where tenant = ? and status is null order by seq desc limit 1")
        .param(tenant.value())
        .query(this::entry)
        .optional();
  }

  /** The newest upgrade or rollback of a tenant that is over and did something to it. */
  public Optional<LedgerEntry> lastThatChanged(Slug tenant) {
    return database
        .sql("select * from upgrade where tenant = ? and status <> ? order by seq desc limit 5")
        .params(tenant.value(), UpgradeStatus.REJECTED.code())
        .query(this::entry)
        .list()
        .stream()
        .filter(LedgerEntry::mayHaveChanged)
        .findFirst();
  }

  /** Whether a rollout may still start an upgrade that it has entered. */
  public boolean mayStillBegin(UUID id) {
    return database
            .sql(
                "select count(*) from rollout_tenant t join rollout r on r.id = t.rollout"
                    + " where t.upgrade = ? and t.outcome is null and r.finished_at is null"
                    + " and r.status <> ?")
            .params(id.toString(), RolloutStatus.ABORTING.code())
            .query(Long.class)
            .single()
        > 0;
  }

  /** Whether a rollout knows what came of an upgrade, so that it must have been started. */
  public boolean wasHeardOf(UUID id) {
    return database
            .sql("select count(*) from rollout_tenant where upgrade = ? and outcome is not null")
            .param(id.toString())
            .query(Long.class)
            .single()
        > 0;
  }

  /** How long tenants were down in their last upgrades, as far as the newest entries tell. */
  public Map<String, Long> lastDowntimesMillis() {
    Map<String, Long> last = new HashMap<>();
    database
        .sql(
            "select tenant, downtime_ms from upgrade where status = ? and operation = ?"
                + " and downtime_ms is not null order by seq desc limit ?")
        .params(UpgradeStatus.SUCCESS.code(), Operation.UPGRADE.code(), NEWEST)
        .query(
            (RowCallbackHandler)
                row -> last.putIfAbsent(row.getString("tenant"), row.getLong("downtime_ms")));
    return last;
  }

  /** Those that have not ended, as far as is known here; oldest first. */
  public List<LedgerEntry> unfinished() {
    return database
        .sql("select * from upgrade where status is null order by seq")
        .query(this::entry)
        .list();
  }

  /**
   * The upgrade that holds a tenant, or the last attempt to resume it. A refused one after it
   * changed nothing and does not count.
   */
  public Optional<LedgerEntry> holding(Slug tenant) {
    return lastThatMayHold(tenant, UpgradeStatus.NEEDS_ATTENTION.code());
  }

  /** The upgrade of a tenant that was lost, unless it is known what became of the tenant since. */
  public Optional<LedgerEntry> lost(Slug tenant) {
    return lastThatMayHold(tenant, LedgerEntry.LOST);
  }

  private Optional<LedgerEntry> lastThatMayHold(Slug tenant, String status) {
    return database
        .sql(
            "select * from upgrade where tenant = ? and status in (?, ?, ?, ?) order by seq desc limit 1")
        .params(
            tenant.value(),
            UpgradeStatus.SUCCESS.code(),
            UpgradeStatus.ROLLED_BACK.code(),
            UpgradeStatus.NEEDS_ATTENTION.code(),
            status)
        .query(this::entry)
        .optional()
        .filter(last -> last.status().equals(status) && last.released() == null);
  }

  /**
   * Records that nothing holds a tenant any more; the first time that is recorded stays. What ends
   * with a hold may be recorded later than that the host has released it.
   */
  @Transactional
  public void recordRelease(ReleasedTenant released) {
    Set<UUID> ended = new HashSet<>();
    ended.add(released.upgradeId());
    holding(Slug.of(released.tenant()))
        .ifPresent(holder -> ended.addAll(List.of(holder.id(), holder.heldUpgrade())));
    ended.remove(null);
    for (UUID id : ended) {
      database
          .sql(
              """
              update upgrade set released_at = ?, released_by = ?, release_reason = ?
              where tenant = ? and (id = ? or of_upgrade = ?) and released_at is null
                and (status is null or status in (?, ?))
              """)
          .params(
              released.releasedAt().toString(),
              released.releasedBy(),
              released.reason(),
              released.tenant(),
              id.toString(),
              id.toString(),
              UpgradeStatus.NEEDS_ATTENTION.code(),
              LedgerEntry.LOST)
          .update();
    }
  }

  private LedgerEntry entry(ResultSet row, int index) throws SQLException {
    String report = row.getString("report");
    String finished = row.getString("finished_at");
    String ofUpgrade = row.getString("of_upgrade");
    return new LedgerEntry(
        row.getLong("seq"),
        UUID.fromString(row.getString("id")),
        row.getString("tenant"),
        row.getString("host"),
        row.getString("target_version"),
        row.getString("run_id"),
        Objects.requireNonNullElse(row.getString("status"), LedgerEntry.RUNNING),
        row.getString("requested_by"),
        row.getString("reason"),
        Instant.parse(row.getString("requested_at")),
        finished == null ? null : Instant.parse(finished),
        report == null ? null : json.readValue(report, UpgradeReport.class),
        Operation.of(row.getString("operation")),
        ofUpgrade == null ? null : UUID.fromString(ofUpgrade),
        release(row));
  }

  private static LedgerEntry.Release release(ResultSet row) throws SQLException {
    String at = row.getString("released_at");
    return at == null
        ? null
        : new LedgerEntry.Release(
            Instant.parse(at), row.getString("released_by"), row.getString("release_reason"));
  }
}
