package dev.uplift.api.engine;

import dev.uplift.api.ApiSettings;
import dev.uplift.engine.Engine;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class EngineConfiguration {
  private static final Duration GIVE_UP_AFTER = Duration.ofSeconds(4);

  @Bean(destroyMethod = "close")
  Engine engine(ApiSettings settings, MeterRegistry metrics) {
    return Engine.at(settings.engine().address(), "uplift-api", GIVE_UP_AFTER, metrics);
  }
}
