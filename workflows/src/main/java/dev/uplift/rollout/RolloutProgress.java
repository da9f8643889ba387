package dev.uplift.rollout;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.uplift.rollout.Decision.Halt;
import dev.uplift.rollout.Situation.Trouble;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * How far a rollout is. Its size does not depend on how many tenants there are.
 *
 * @param wave the number of the one under way, from 1; 0 while all rehearse
 * @param rehearsed how many tenants there are of each outcome of a rehearsal
 * @param counts how many tenants there are of each outcome so far
 * @param running the tenants under way
 * @param troubles the first of those that did not get where they were to go
 * @param moreTroubles how many there are besides
 * @param halt why it halted; null if it did not, or was resumed
 */
public record RolloutProgress(
    UUID id,
    RolloutStatus status,
    int wave,
    int waves,
    int tenants,
    Map<Outcome, Integer> rehearsed,
    Map<Outcome, Integer> counts,
    List<String> running,
    List<Trouble> troubles,
    @JsonProperty("more_troubles") int moreTroubles,
    Halt halt) {

  /** The same later. */
  public RolloutProgress counting(
      RolloutStatus newStatus, Map<Outcome, Integer> newCounts, int newWave) {
    return new RolloutProgress(
        id,
        newStatus,
        newWave,
        waves,
        tenants,
        rehearsed,
        newCounts,
        running,
        troubles,
        moreTroubles,
        halt);
  }
}
