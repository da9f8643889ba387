package dev.uplift.engine;

import com.uber.m3.tally.RootScopeBuilder;
import com.uber.m3.tally.Scope;
import com.uber.m3.util.Duration;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.temporal.common.reporter.MicrometerClientStatsReporter;

/** What the engine's SDK measures about itself: requests, polls, queues, caches. */
final class SdkMetrics {
  private static final Duration REPORTED_EVERY = Duration.ofSeconds(10);
  private static final String PREFIX = "temporal_";

  private SdkMetrics() {}

  /** To be called before anything else is measured by {@code registry}: it adds a filter. */
  static Scope into(MeterRegistry registry) {
    registry.config().meterFilter(withoutHistograms());
    return new RootScopeBuilder()
        .reporter(new MicrometerClientStatsReporter(registry))
        .reportEvery(REPORTED_EVERY);
  }

  // The SDK asks for a histogram of some seventy buckets for each of its many timers.
  private static MeterFilter withoutHistograms() {
    return new MeterFilter() {
      @Override
      public DistributionStatisticConfig configure(
          Meter.Id id, DistributionStatisticConfig config) {
        return id.getName().startsWith(PREFIX)
            ? DistributionStatisticConfig.builder()
                .percentilesHistogram(false)
                .build()
                .merge(config)
            : config;
      }
    };
  }
}
