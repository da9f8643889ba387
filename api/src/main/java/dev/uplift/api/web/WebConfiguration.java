package dev.uplift.api.web;

import dev.uplift.upgrade.UpgradeReport;
import java.time.Clock;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.converter.HttpMessageConverters;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.MapperFeature;

@Configuration(proxyBeanMethods = false)
class WebConfiguration implements WebMvcConfigurer {
  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }

  // The order of fields is part of the contract with existing clients.
  @Bean
  JsonMapperBuilderCustomizer fieldsAsDeclared() {
    return builder ->
        builder
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .addMixIn(UpgradeReport.class, UpgradeReportFields.class);
  }

  @Override
  public void addInterceptors(InterceptorRegistry interceptors) {
    interceptors.addInterceptor(new RequestLogContext());
  }

  @Override
  public void configureMessageConverters(HttpMessageConverters.ServerBuilder converters) {
    converters.addCustomConverter(new StrictBodyConverter());
  }
}
