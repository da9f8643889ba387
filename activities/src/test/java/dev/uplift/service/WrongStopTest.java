package dev.uplift.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.health.DowntimeMeter;
import dev.uplift.health.Probe;
import dev.uplift.host.StepFailure;
import dev.uplift.proof.Proof;
import dev.uplift.upgrade.Direction;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of a stop catches who stops services and does not keep them from being started. */
@Timeout(60)
class WrongStopTest {
  @TempDir Path directory;

  private interface Stop {
    void run(SampleTenant tenant);
  }

  @TestFactory
  Stream<DynamicTest> aTenantInCutoverStaysDownWhenItsHostIsRestarted() {
    return Proof.<Stop>ofRow(
            18,
            directory,
            (stop, home) -> {
              try (SampleTenant tenant = new SampleTenant(home)) {
                tenant.services.start(SampleTenant.API);
                stop.run(tenant);
                boot(tenant);
                assertThat(tenant.services.state(SampleTenant.API).running())
                    .as("it serves after the restart")
                    .isFalse();
              }
            })
        .passes(
            tenant ->
                new StopServices(
                        tenant.services, new Guard(tenant.paths), new DowntimeMeter(new Probe()))
                    .run(tenant.input(Direction.FORWARD), tenant.context()))
        .catches(
            "no guard",
            tenant ->
                tenant.services.stop(
                    List.of(SampleTenant.API, SampleTenant.FRONTEND), Duration.ofSeconds(5)),
            "it serves after the restart")
        .tests();
  }

  /** As an init system does: whatever is enabled is started, unless something refuses it. */
  private static void boot(SampleTenant tenant) {
    try {
      tenant.services.start(SampleTenant.API);
    } catch (StepFailure refused) {
      assertThat(new Guard(tenant.paths).isRaised(SampleTenant.API)).isTrue();
    }
  }
}
