package dev.uplift.rollout;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;

/**
 * Tenants that are upgraded before the next ones begin.
 *
 * @param name as it is told to people: a ring, or its number
 * @param tenants how many there are; which, the {@link RolloutDesk} tells page by page
 * @param gate whether the others wait for it to be sure: then a tenant of it that is refused halts
 *     the rollout
 * @param bakeSeconds how long its tenants are watched before the next wave may begin
 * @param approval whether a person has to say so, too
 */
public record Wave(
    String name,
    int tenants,
    boolean gate,
    @JsonProperty("bake_seconds") long bakeSeconds,
    boolean approval) {
  public Wave {
    if (tenants < 1) {
      throw new IllegalArgumentException("wave " + name + " has no tenant");
    }
    if (bakeSeconds < 0) {
      throw new IllegalArgumentException("bake_seconds: must not be negative");
    }
  }

  Duration bake() {
    return Duration.ofSeconds(bakeSeconds);
  }
}
