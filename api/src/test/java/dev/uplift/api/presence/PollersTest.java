package dev.uplift.api.presence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.api.presence.Pollers.Poller;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PollersTest {
  // Of the engine's clock, which may be far from ours.
  private static final Instant NOW = Instant.parse("2001-02-03T04:05:06Z");

  @Test
  void workersOfOneMachineAreOneMachineHoweverManyTheyAre() {
    Pollers pollers =
        new Pollers(
            List.of(
                new Poller("uplift-worker web-1 0a1b2c3d 100", NOW),
                new Poller("uplift-worker web-1 0a1b2c3d 200", NOW.minusSeconds(50))));

    assertThat(pollers.machines()).containsExactly("0a1b2c3d");
  }

  @Test
  void twoMachinesThatAskForWorkAreTwo() {
    Pollers pollers =
        new Pollers(
            List.of(
                new Poller("uplift-worker web-1 ffffffff 100", NOW.minusSeconds(60)),
                new Poller("uplift-worker web-1 0a1b2c3d 100", NOW)));

    assertThat(pollers.machines()).containsExactly("0a1b2c3d", "ffffffff");
  }

  @Test
  void aMachineThatWasReplacedIsNotThereAnyMore() {
    Pollers pollers =
        new Pollers(
            List.of(
                new Poller("uplift-worker web-1 ffffffff 100", NOW.minusSeconds(71)),
                new Poller("uplift-worker web-1 0a1b2c3d 100", NOW)));

    assertThat(pollers.machines()).containsExactly("0a1b2c3d");
  }

  @Test
  void workersThatDoNotTellTheirMachineAreInNobodysWay() {
    Pollers pollers =
        new Pollers(
            List.of(
                new Poller("uplift-worker web-1 100", NOW),
                new Poller("uplift-worker web-1 0a1b2c3d 100", NOW)));

    assertThat(pollers.machines()).containsExactly("0a1b2c3d");
    assertThat(new Pollers(List.of()).machines()).isEmpty();
  }
}
