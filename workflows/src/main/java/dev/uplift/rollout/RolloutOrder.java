package dev.uplift.rollout;

import dev.uplift.release.Tag;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * What a rollout was asked to do, frozen when it is started.
 *
 * @param target the release for all of them
 * @param waves in their order; those of a retry have only the tenants that failed
 * @param requestedBy the name of the token, for the records
 */
public record RolloutOrder(
    UUID id, Tag target, List<Wave> waves, Limits limits, String requestedBy) {
  public RolloutOrder {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(limits, "limits");
    waves = List.copyOf(waves);
    if (waves.isEmpty()) {
      throw new IllegalArgumentException("a rollout needs a wave");
    }
  }

  int tenants() {
    return waves.stream().mapToInt(Wave::tenants).sum();
  }
}
