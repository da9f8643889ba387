package dev.uplift.rollout;

import dev.uplift.release.Tag;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * What a rollout was asked to do, frozen when it is started.
 *
 * @param target the release for all of them
 * @param waves in their order; those of a retry have only the tenants that did not get there
 * @param rehearsal what is found out before anybody is stopped
 * @param requestedBy the name of the token, for the records
 */
public record RolloutOrder(
    UUID id,
    Tag target,
    List<Wave> waves,
    Limits limits,
    RehearsalMode rehearsal,
    String requestedBy) {
  public RolloutOrder {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(limits, "limits");
    waves = List.copyOf(waves);
    rehearsal = rehearsal == null ? RehearsalMode.NONE : rehearsal;
    if (waves.isEmpty()) {
      throw new IllegalArgumentException("a rollout needs a wave");
    }
  }

  /** All tenants, while nobody is stopped. */
  Wave rehearsalWave() {
    return new Wave("rehearsal", tenants(), false, 0, false);
  }

  /** How many there are in all waves. */
  public int tenants() {
    return waves.stream().mapToInt(Wave::tenants).sum();
  }
}
