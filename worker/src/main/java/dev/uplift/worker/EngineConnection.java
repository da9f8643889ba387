package dev.uplift.worker;

import dev.uplift.engine.Engine;
import dev.uplift.engine.WorkerIdentity;
import dev.uplift.host.Machine;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class EngineConnection {
  @Bean(destroyMethod = "close")
  Engine engine(
      WorkerProperties properties, ObjectProvider<Machine> machine, MeterRegistry metrics) {
    long pid = ProcessHandle.current().pid();
    Machine here = machine.getIfAvailable();
    return Engine.at(
        properties.engineAddress(),
        here == null
            ? "uplift-worker central " + pid
            : new WorkerIdentity(properties.hostName(), here.id(), pid).toString(),
        metrics);
  }
}
