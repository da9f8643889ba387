package dev.uplift.api.registry;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * What applying a fleet did, or would do. Objects are named like {@code tenants/acme}.
 *
 * @param differences what is other than before in those that were changed
 * @param notNamed what is registered still, and not in the fleet
 * @param state of the registry afterwards
 */
record Applied(
    @JsonProperty("dry_run") boolean dryRun,
    List<String> created,
    List<String> changed,
    List<String> deleted,
    List<String> unchanged,
    List<FleetDiff.Difference> differences,
    @JsonProperty("not_named") List<String> notNamed,
    @JsonIgnore FleetState state) {

  static Applied of(FleetDiff diff, ApplyOptions options, FleetState state) {
    return new Applied(
        options.dryRun(),
        diff.created(),
        diff.changed(),
        options.prune() ? diff.notNamed() : List.of(),
        diff.unchanged(),
        diff.differences(),
        options.prune() ? List.of() : diff.notNamed(),
        state);
  }
}
