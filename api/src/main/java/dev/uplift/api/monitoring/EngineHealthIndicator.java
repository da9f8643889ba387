package dev.uplift.api.monitoring;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Spring Boot names it {@code engine}. */
@Component
class EngineHealthIndicator implements HealthIndicator {
  private final EngineWatch watch;

  EngineHealthIndicator(EngineWatch watch) {
    this.watch = watch;
  }

  @Override
  public Health health() {
    EngineWatch.Seen seen = watch.seen();
    if (!seen.isEngineUp()) {
      return Health.down().build();
    }
    return Health.up().withDetail("answered_in_ms", seen.answer().toMillis()).build();
  }
}
