package dev.uplift.api.monitoring;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

/** The engine and its workers, as they were seen last. */
final class EngineMetrics implements MultiCollector {
  private static final double NANOS_PER_SECOND = 1e9;

  private final EngineWatch watch;

  EngineMetrics(EngineWatch watch) {
    this.watch = watch;
  }

  @Override
  public MetricSnapshots collect() {
    EngineWatch.Seen seen = watch.seen();
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    all.metricSnapshot(
        Snapshots.gauge(
            "uplift_engine_up", "Whether the engine answers the API", seen.isEngineUp() ? 1 : 0));
    if (!seen.isEngineUp()) {
      return all.build();
    }
    all.metricSnapshot(
        Snapshots.gauge(
            "uplift_engine_answer_seconds",
            "How long the engine took to answer last",
            seen.answer().toNanos() / NANOS_PER_SECOND));
    if (seen.workers() != null) {
      addWorkers(all, seen.workers());
    }
    return all.build();
  }

  private static void addWorkers(MetricSnapshots.Builder all, EngineWatch.Workers workers) {
    all.metricSnapshot(
        Snapshots.gauge(
            "uplift_workflow_workers",
            "Processes that carry out workflows",
            workers.ofWorkflows()));
    GaugeSnapshot.Builder hosts =
        GaugeSnapshot.builder()
            .name("uplift_host_workers")
            .help("Processes that carry out steps, for each host of the registry");
    workers
        .ofHosts()
        .forEach(
            (host, count) ->
                hosts.dataPoint(Snapshots.gauge(Labels.of("host", host.value()), count)));
    all.metricSnapshot(hosts.build());
  }
}
