package dev.uplift.api.registry;

import dev.uplift.api.ApiSettings;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class RegistryConfiguration {
  @Bean(destroyMethod = "close")
  DataSource registryDatabase(ApiSettings settings) {
    return RegistryDatabase.open(settings.database());
  }
}
