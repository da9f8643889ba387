package dev.uplift.worker;

import dev.uplift.engine.Engine;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class EngineConnection {
  @Bean(destroyMethod = "close")
  Engine engine(WorkerProperties properties, MeterRegistry metrics) {
    String name = properties.host() == null ? "central" : properties.host().name();
    return Engine.at(
        properties.engineAddress(),
        "uplift-worker " + name + " " + ProcessHandle.current().pid(),
        metrics);
  }
}
