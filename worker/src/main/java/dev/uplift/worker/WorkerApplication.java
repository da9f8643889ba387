package dev.uplift.worker;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Import;

/**
 * The process on a host, and the central one that runs workflows; which of both it is, its
 * configuration says ({@code uplift-worker.yml}).
 *
 * <p>It names the auto-configurations that it uses: the API may be on the same class path, and a
 * worker needs neither a database nor a web server.
 */
@SpringBootConfiguration
@ImportAutoConfiguration({
  ConfigurationPropertiesAutoConfiguration.class,
  LifecycleAutoConfiguration.class
})
@EnableConfigurationProperties(WorkerProperties.class)
@Import({
  Measuring.class,
  EngineConnection.class,
  HostWiring.class,
  TemporalWorkers.class,
  ManagementServer.class
})
public class WorkerApplication {

  public static void main(String[] args) {
    run(args);
  }

  public static void run(String... args) {
    SpringApplication application = new SpringApplication(WorkerApplication.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    application.setDefaultProperties(java.util.Map.of("spring.config.name", "uplift-worker"));
    application.run(args);
  }
}
