package dev.uplift.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.tenant.HostName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerIdentityTest {
  @Test
  void whatAWorkerSaysOfItselfIsUnderstood() {
    WorkerIdentity said = new WorkerIdentity(HostName.of("web-1"), "0a1b2c3d", 4711);

    assertThat(said).hasToString("uplift-worker web-1 0a1b2c3d 4711");
    assertThat(WorkerIdentity.parse(said.toString())).contains(said);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "uplift-api",
        "uplift-worker central 4711",
        "uplift-worker web-1 4711",
        "somebody@else 0a1b2c3d 4711"
      })
  void othersAreNot(String identity) {
    assertThat(WorkerIdentity.parse(identity)).isEmpty();
  }
}
