package dev.uplift.api.notify;

import java.util.Map;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

@Configuration(proxyBeanMethods = false)
class NotifyConfiguration {
  /** Bound strictly: a misspelt key must not be the reason why nobody was woken. */
  @Bean
  Channels channels(Environment environment) {
    try {
      return new Channels(
          Binder.get(environment)
              .bind(
                  "uplift.notify",
                  Bindable.mapOf(String.class, ChannelSettings.class),
                  new NoUnboundElementsBindHandler(
                      BindHandler.DEFAULT, new UnboundElementsSourceFilter()))
              .orElse(Map.of()));
    } catch (BindException wrong) {
      // Not as its cause: Spring tells what a setting that it refuses was, and a webhook's URL is a
      // secret, also at the wrong key.
      throw new NotifySettingsException(wrong.getName() + ": " + reason(wrong));
    }
  }

  private static String reason(Throwable wrong) {
    Throwable deepest = wrong;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return deepest.getMessage();
  }
}
