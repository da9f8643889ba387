package dev.uplift.api.registry;

/**
 * How a fleet file is applied.
 *
 * @param dryRun only tells what would be done
 * @param prune deletes what the fleet does not name
 * @param onlyIf the state that the registry must be in; null for any
 */
record ApplyOptions(boolean dryRun, boolean prune, FleetState onlyIf) {}
