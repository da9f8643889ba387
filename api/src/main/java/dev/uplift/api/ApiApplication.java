package dev.uplift.api;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.ConfigurableApplicationContext;

/** The process that answers HTTP: registry, ledger, tokens and the start of upgrades. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class ApiApplication {
  // Its own name, so that it finds its own file where other processes share the class path.
  private static final String CONFIG_NAME = "uplift-api";

  public static void main(String[] args) {
    run(args);
  }

  /**
   * Starts it within this JVM and returns when it answers.
   *
   * @param args settings like {@code --uplift.port=32201}, see {@link ApiSettings}
   */
  public static ConfigurableApplicationContext run(String... args) {
    return new SpringApplicationBuilder(ApiApplication.class)
        .properties("spring.config.name=" + CONFIG_NAME)
        .run(args);
  }
}
