package dev.uplift.worker;

import dev.uplift.host.DeadMan;
import dev.uplift.host.DeadMan.Settlement;
import dev.uplift.host.HostConfiguration;
import dev.uplift.journal.JournalState.Phase;
import dev.uplift.journal.Journals;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The state of this host, read anew for each answer: its journals are the only truth. */
final class HostMetrics implements MultiCollector {
  private static final Logger log = LoggerFactory.getLogger(HostMetrics.class);

  private final HostConfiguration configuration;
  private final Journals journals;
  private final DeadMan deadMan;

  HostMetrics(HostConfiguration configuration, Journals journals, DeadMan deadMan) {
    this.configuration = configuration;
    this.journals = journals;
    this.deadMan = deadMan;
  }

  @Override
  public MetricSnapshots collect() {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    // What cannot be read is left out: an absent value can be seen, a wrong one cannot.
    try {
      addTenants(all);
    } catch (RuntimeException unreadable) {
      log.warn("the journals cannot be counted", unreadable);
    }
    addJournals(all);
    addDisks(all);
    addDeadMan(all);
    return all.build();
  }

  private void addTenants(MetricSnapshots.Builder all) {
    Journals.Open open = journals.look();
    List<Phase> phases = open.unsettled().stream().map(journal -> journal.state().phase()).toList();
    long held = phases.stream().filter(Phase.HELD::equals).count();
    int unreadable = open.unreadable().size();
    all.metricSnapshot(
        GaugeSnapshot.builder()
            .name("uplift_host_tenants")
            .help("Tenants of this host that are in cutover, turning back included, or held")
            .dataPoint(gauge(Labels.of("state", "cutover"), phases.size() - held))
            .dataPoint(gauge(Labels.of("state", "held"), held + unreadable))
            .build());
    all.metricSnapshot(
        GaugeSnapshot.builder()
            .name("uplift_host_journals_open")
            .help("Journals of upgrades that are not over on this host")
            .dataPoint(gauge(Labels.EMPTY, phases.size() + unreadable))
            .build());
  }

  private void addJournals(MetricSnapshots.Builder all) {
    all.metricSnapshot(
        counter(
            "uplift_journal_lines",
            "Lines that this worker wrote into journals",
            journals.linesWritten()));
    all.metricSnapshot(
        counter(
            "uplift_journal_seconds",
            "How long it took until these lines were on the disk",
            journals.timeSpentOnWriting().toNanos() / 1e9));
  }

  private static CounterSnapshot counter(String name, String help, double value) {
    return CounterSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(CounterDataPointSnapshot.builder().value(value).build())
        .build();
  }

  private void addDisks(MetricSnapshots.Builder all) {
    GaugeSnapshot.Builder free =
        GaugeSnapshot.builder()
            .name("uplift_disk_free_bytes")
            .help("Room on each file system with tenants or state, named by the first such place")
            .unit(Unit.BYTES);
    GaugeSnapshot.Builder size =
        GaugeSnapshot.builder()
            .name("uplift_disk_size_bytes")
            .help("Size of each of these file systems")
            .unit(Unit.BYTES);
    places()
        .forEach(
            (place, store) -> {
              Labels labels = Labels.of("path", place.toString());
              try {
                free.dataPoint(gauge(labels, store.getUsableSpace()));
                size.dataPoint(gauge(labels, store.getTotalSpace()));
              } catch (IOException unreadable) {
                log.warn("the room below {} cannot be read", place, unreadable);
              }
            });
    all.metricSnapshot(free.build());
    all.metricSnapshot(size.build());
  }

  private Map<Path, FileStore> places() {
    Map<Object, Path> placeByDevice = new LinkedHashMap<>();
    Map<Path, FileStore> stores = new LinkedHashMap<>();
    Stream.concat(Stream.of(configuration.state()), configuration.roots().stream())
        .forEach(
            place -> {
              try {
                Object device = Files.getAttribute(place, "unix:dev");
                if (placeByDevice.putIfAbsent(device, place) == null) {
                  stores.put(place, Files.getFileStore(place));
                }
              } catch (IOException absent) {
                log.warn("the room below {} cannot be read", place, absent);
              }
            });
    return stores;
  }

  private void addDeadMan(MetricSnapshots.Builder all) {
    CounterSnapshot.Builder settled =
        CounterSnapshot.builder()
            .name("uplift_dead_man_settlements")
            .help("Cutovers that this host ended by itself since the worker was started");
    for (Settlement settlement : Settlement.values()) {
      settled.dataPoint(
          CounterDataPointSnapshot.builder()
              .labels(Labels.of("outcome", settlement.name().toLowerCase(Locale.ROOT)))
              .value(deadMan.settled(settlement))
              .build());
    }
    all.metricSnapshot(settled.build());
    all.metricSnapshot(
        GaugeSnapshot.builder()
            .name("uplift_dead_man_looked_timestamp_seconds")
            .help("When the host last was through with looking after its cutovers")
            .dataPoint(gauge(Labels.EMPTY, deadMan.lookedAt().toEpochMilli() / 1_000.0))
            .build());
    all.metricSnapshot(
        GaugeSnapshot.builder()
            .name("uplift_dead_man_settling_seconds")
            .help("For how long the host has been ending a cutover by itself; 0 if it is not")
            .dataPoint(gauge(Labels.EMPTY, deadMan.settlingFor().toMillis() / 1_000.0))
            .build());
  }

  private static GaugeDataPointSnapshot gauge(Labels labels, double value) {
    return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
  }
}
