package dev.uplift.api.rollout;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.uplift.upgrade.Direction;
import java.time.Instant;
import java.util.List;

/**
 * A rollout in full.
 *
 * @param waves in their order
 * @param underWay the tenants that are being upgraded now, as far as their runs tell
 * @param tenants what came of each, in their order; absent if that was not asked for
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record RolloutState(
    @JsonUnwrapped StoredRollout rollout,
    List<WaveCount> waves,
    @JsonProperty("under_way") List<UnderWay> underWay,
    List<RolloutTenant> tenants) {

  /**
   * How far a wave is.
   *
   * @param rehearsed of how many a rehearsal is over
   * @param reached how many of its tenants run the release
   * @param troubled how many of those of which something has come do not
   */
  record WaveCount(String name, int tenants, int rehearsed, int reached, int troubled) {
    boolean isDone() {
      return reached + troubled == tenants;
    }
  }

  /**
   * @param step the one under way
   * @param since when that step began
   */
  record UnderWay(
      String tenant,
      String step,
      Direction direction,
      @JsonProperty("started_at") Instant startedAt,
      Instant since) {}
}
