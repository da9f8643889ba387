package dev.uplift.api.monitoring;

import dev.uplift.api.ledger.LedgerEntry;
import dev.uplift.upgrade.Operation;
import dev.uplift.upgrade.UpgradeStatus;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What the registry's database can count: upgrades, tenants and notifications. Counted anew for
 * each answer, so a restart of the API sets nothing back.
 */
final class RegistryMetrics implements MultiCollector {
  private static final Logger log = LoggerFactory.getLogger(RegistryMetrics.class);
  private static final double MILLIS_PER_SECOND = 1_000;
  private static final long[] DOWNTIME_BOUNDS_MILLIS = {
    500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 900_000
  };

  private final JdbcClient database;

  RegistryMetrics(JdbcClient database) {
    this.database = database;
  }

  @Override
  public MetricSnapshots collect() {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    try {
      addUpgrades(all);
      addTenants(all);
      addNotifications(all);
      all.metricSnapshot(up(1));
    } catch (DataAccessException away) {
      log.warn("the registry cannot be counted: {}", away.getMessage());
      return MetricSnapshots.of(up(0));
    }
    return all.build();
  }

  private static GaugeSnapshot up(int up) {
    return Snapshots.gauge("uplift_registry_up", "Whether the registry's database answers", up);
  }

  /**
   * The upgrades that ended alike.
   *
   * @param status null: they have not ended
   * @param kind null: nothing failed, or it is not known what
   * @param withDowntime how many of them had any
   * @param perBucket how many of these had at most so much of it as the bound says, and more than
   *     the bound before
   */
  private record Alike(
      Operation operation,
      String status,
      String kind,
      long count,
      long withDowntime,
      long downtimeMillis,
      List<Long> perBucket) {}

  private void addUpgrades(MetricSnapshots.Builder all) {
    List<Alike> upgrades =
        database
            .sql(
                "select operation, status, failure_kind, count(*), count(downtime_ms),"
                    + " coalesce(sum(downtime_ms), 0)"
                    + buckets()
                    + " from upgrade group by operation, status, failure_kind"
                    + " order by operation, status, failure_kind")
            .query(RegistryMetrics::alike)
            .list();
    CounterSnapshot.Builder ended =
        CounterSnapshot.builder()
            .name("uplift_upgrades")
            .help("Upgrades, rollbacks and resumptions that have ended, by outcome");
    CounterSnapshot.Builder failed =
        CounterSnapshot.builder()
            .name("uplift_upgrade_failures")
            .help("Those that were not a success, by outcome and kind of failure");
    HistogramSnapshot.Builder downtime =
        HistogramSnapshot.builder()
            .name("uplift_upgrade_downtime_seconds")
            .help("What clients saw: last good answer to first good answer");
    for (Operation operation : Operation.values()) {
      for (UpgradeStatus status : UpgradeStatus.values()) {
        List<Alike> these =
            upgrades.stream()
                .filter(some -> some.operation() == operation)
                .filter(some -> status.code().equals(some.status()))
                .toList();
        Labels labels = Labels.of("operation", operation.code(), "outcome", status.code());
        ended.dataPoint(Snapshots.count(labels, these.stream().mapToLong(Alike::count).sum()));
        these.stream()
            .filter(some -> some.kind() != null)
            .forEach(
                some ->
                    failed.dataPoint(
                        Snapshots.count(labels.add("kind", some.kind()), some.count())));
        if (status != UpgradeStatus.REJECTED) {
          downtime.dataPoint(downtime(labels, these));
        }
      }
    }
    all.metricSnapshot(ended.build());
    all.metricSnapshot(failed.build());
    all.metricSnapshot(downtime.build());
    all.metricSnapshot(withoutReport(upgrades));
    all.metricSnapshot(
        Snapshots.gauge(
            "uplift_upgrades_running",
            "Upgrades that have not ended, as far as the ledger knows",
            upgrades.stream().filter(some -> some.status() == null).mapToLong(Alike::count).sum()));
  }

  private static String buckets() {
    StringBuilder columns = new StringBuilder();
    long over = -1;
    for (long bound : DOWNTIME_BOUNDS_MILLIS) {
      columns
          .append(", coalesce(sum(case when downtime_ms > ")
          .append(over)
          .append(" and downtime_ms <= ")
          .append(bound)
          .append(" then 1 else 0 end), 0)");
      over = bound;
    }
    return columns.toString();
  }

  private static Alike alike(ResultSet row, int index) throws SQLException {
    int column = 1;
    Operation operation = Operation.of(row.getString(column++));
    String status = row.getString(column++);
    String kind = row.getString(column++);
    long count = row.getLong(column++);
    long withDowntime = row.getLong(column++);
    long downtimeMillis = row.getLong(column++);
    List<Long> perBucket = new ArrayList<>();
    for (int i = 0; i < DOWNTIME_BOUNDS_MILLIS.length; i++) {
      perBucket.add(row.getLong(column++));
    }
    return new Alike(operation, status, kind, count, withDowntime, downtimeMillis, perBucket);
  }

  private static HistogramDataPointSnapshot downtime(Labels labels, List<Alike> upgrades) {
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    long bounded = 0;
    for (int i = 0; i < DOWNTIME_BOUNDS_MILLIS.length; i++) {
      int bucket = i;
      long inBucket = upgrades.stream().mapToLong(some -> some.perBucket().get(bucket)).sum();
      buckets.bucket(DOWNTIME_BOUNDS_MILLIS[i] / MILLIS_PER_SECOND, inBucket);
      bounded += inBucket;
    }
    long all = upgrades.stream().mapToLong(Alike::withDowntime).sum();
    buckets.bucket(Double.POSITIVE_INFINITY, all - bounded);
    return HistogramDataPointSnapshot.builder()
        .labels(labels)
        .classicHistogramBuckets(buckets.build())
        .sum(upgrades.stream().mapToLong(Alike::downtimeMillis).sum() / MILLIS_PER_SECOND)
        .build();
  }

  // No counter: a report that comes late takes one away.
  private static GaugeSnapshot withoutReport(List<Alike> upgrades) {
    GaugeSnapshot.Builder gauge =
        GaugeSnapshot.builder()
            .name("uplift_upgrades_without_report")
            .help("Upgrades whose run was ended from outside, or that the engine never started");
    for (String status : List.of(LedgerEntry.LOST, LedgerEntry.NOT_STARTED)) {
      gauge.dataPoint(
          Snapshots.gauge(
              Labels.of("status", status),
              upgrades.stream()
                  .filter(some -> status.equals(some.status()))
                  .mapToLong(Alike::count)
                  .sum()));
    }
    return gauge.build();
  }

  private void addTenants(MetricSnapshots.Builder all) {
    all.metricSnapshot(
        Snapshots.gauge(
            "uplift_tenants", "Registered tenants", count("select count(*) from tenant")));
    all.metricSnapshot(
        Snapshots.gauge(
            "uplift_tenants_busy",
            "Tenants with an upgrade that has not ended",
            count("select count(distinct tenant) from upgrade where status is null")));
    // Whoever deletes a held tenant says that it is gone; counted, it could never be settled.
    all.metricSnapshot(
        Snapshots.gauge(
            "uplift_tenants_held",
            "Registered tenants that need a person",
            count(
                """
                select count(*) from upgrade held
                where held.status = 'needs_attention' and held.released_at is null
                  and held.tenant in (select id from tenant)
                  and not exists (
                    select 1 from upgrade later
                    where later.tenant = held.tenant and later.seq > held.seq
                      and later.status in ('success', 'rolled_back', 'needs_attention'))
                """)));
  }

  private long count(String sql) {
    return database.sql(sql).query(Long.class).single();
  }

  private void addNotifications(MetricSnapshots.Builder all) {
    Map<String, Map<String, Long>> byChannel = new TreeMap<>();
    database
        .sql("select channel, status, count(*) from notification group by channel, status")
        .query(
            row -> {
              byChannel
                  .computeIfAbsent(row.getString(1), channel -> new TreeMap<>())
                  .put(row.getString(2), row.getLong(3));
            });
    CounterSnapshot.Builder ended =
        CounterSnapshot.builder()
            .name("uplift_notifications")
            .help("Notifications that were delivered or given up");
    GaugeSnapshot.Builder pending =
        GaugeSnapshot.builder()
            .name("uplift_notifications_pending")
            .help("Notifications that are still to be delivered");
    byChannel.forEach(
        (channel, count) -> {
          for (String result : List.of("delivered", "given_up")) {
            ended.dataPoint(
                Snapshots.count(
                    Labels.of("channel", channel, "result", result),
                    count.getOrDefault(result, 0L)));
          }
          pending.dataPoint(
              Snapshots.gauge(Labels.of("channel", channel), count.getOrDefault("pending", 0L)));
        });
    all.metricSnapshot(ended.build());
    all.metricSnapshot(pending.build());
  }
}
