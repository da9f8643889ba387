package dev.uplift.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.ledger.OutcomeRecorder;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The reports that reached the ledger. Those of earlier tests may come late. */
final class RecordedReports {
  private final BlockingQueue<UpgradeReport> reports = new LinkedBlockingQueue<>();

  OutcomeRecorder recorder() {
    return reports::add;
  }

  void clear() {
    reports.clear();
  }

  /** Waits for that of a run. */
  UpgradeReport of(UUID run) throws InterruptedException {
    UpgradeReport report;
    do {
      report = reports.poll(30, TimeUnit.SECONDS);
      assertThat(report).as("the report reaches the ledger").isNotNull();
    } while (!report.upgradeId().equals(run));
    return report;
  }
}
