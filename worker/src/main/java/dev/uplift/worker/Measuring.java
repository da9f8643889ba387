package dev.uplift.worker;

import dev.uplift.host.DeadMan;
import dev.uplift.host.HostConfiguration;
import dev.uplift.journal.Journals;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/** What is measured in a worker. */
@Configuration(proxyBeanMethods = false)
class Measuring {
  @Bean
  PrometheusRegistry prometheusRegistry() {
    return new PrometheusRegistry();
  }

  @Bean
  PrometheusMeterRegistry metrics(PrometheusRegistry prometheus) {
    return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, prometheus, Clock.SYSTEM);
  }

  /**
   * Last: the connection to the engine adds a filter, and that has to be there before any meter.
   */
  @Bean
  SmartInitializingSingleton jvmMetrics(MeterRegistry metrics) {
    return () -> {
      new JvmMemoryMetrics().bindTo(metrics);
      new JvmThreadMetrics().bindTo(metrics);
      new UptimeMetrics().bindTo(metrics);
    };
  }

  @Bean
  StepTimes stepTimes(MeterRegistry metrics) {
    return new StepTimes(metrics);
  }

  @Bean
  @Conditional(HasHostRole.class)
  HostMetrics hostMetrics(
      HostConfiguration configuration,
      Journals journals,
      DeadMan deadMan,
      PrometheusRegistry prometheus) {
    HostMetrics metrics = new HostMetrics(configuration, journals, deadMan);
    prometheus.register(metrics);
    return metrics;
  }
}
