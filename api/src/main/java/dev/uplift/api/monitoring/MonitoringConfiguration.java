package dev.uplift.api.monitoring;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

@Configuration(proxyBeanMethods = false)
class MonitoringConfiguration {
  @Bean
  EngineMetrics engineMetrics(EngineWatch watch, PrometheusRegistry prometheus) {
    EngineMetrics metrics = new EngineMetrics(watch);
    prometheus.register(metrics);
    return metrics;
  }

  @Bean
  RegistryMetrics registryMetrics(JdbcClient database, PrometheusRegistry prometheus) {
    RegistryMetrics metrics = new RegistryMetrics(database);
    prometheus.register(metrics);
    return metrics;
  }
}
