package dev.uplift.api.rollout;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;

/**
 * A rollout, with all its tenants.
 *
 * @param tenants what came of each, in their order
 */
record RolloutState(@JsonUnwrapped StoredRollout rollout, List<RolloutTenant> tenants) {}
