package dev.uplift.api.registry;

import dev.uplift.api.ApiSettings;
import java.time.Duration;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class RegistryConfiguration {
  // A machine that boots may start the API before its database.
  private static final Duration PATIENCE_AT_START = Duration.ofMinutes(1);

  @Bean
  RegistryAddress registryAddress(ApiSettings settings) {
    return settings.registry();
  }

  @Bean(destroyMethod = "close")
  DataSource registryDatabase(RegistryAddress address) {
    return RegistryDatabase.open(address, PATIENCE_AT_START);
  }
}
