package dev.uplift.profile;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.List;

/**
 * What a release's own {@code uplift.yml} changes in the app's profile, so that a new migration
 * travels with the code that needs it. Whatever is null stays as the app has it.
 */
public record ReleaseProfile(
    MigrationsChange migrations,
    List<DependencySpec> dependencies,
    List<HealthCheck> health,
    TimeoutsChange timeouts) {
  public static final ReleaseProfile UNCHANGED = new ReleaseProfile(null, null, null, null);

  public record MigrationsChange(List<String> run, List<String> scripts, List<String> verify) {}

  public record TimeoutsChange(
      @JsonProperty("health_deadline") Duration healthDeadline,
      @JsonProperty("health_window") Duration healthWindow,
      @JsonProperty("health_interval") Duration healthInterval,
      Duration probe,
      Duration stop,
      Duration migrations) {}
}
