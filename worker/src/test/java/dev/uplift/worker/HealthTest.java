package dev.uplift.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HealthTest {
  @Test
  void aWorkerIsReadyWhenItsEngineAnswersAndItTakesWork() {
    Health ready = Health.ready(true, true);

    assertThat(ready.httpStatus()).isEqualTo(200);
    assertThat(ready.json(true))
        .isEqualTo(
            "{\"status\":\"UP\",\"components\":{\"engine\":{\"status\":\"UP\"},\"work\":{\"status\":\"UP\"}}}");
  }

  @Test
  void aDrainingWorkerIsNotReadyButAlive() {
    assertThat(Health.ready(true, false).httpStatus()).isEqualTo(503);
    assertThat(Health.ready(true, false).json(true)).contains("\"work\":{\"status\":\"DOWN\"}");
    assertThat(Health.alive().httpStatus()).isEqualTo(200);
  }

  @Test
  void whoIsNotOnTheMachineIsToldNoParts() {
    assertThat(Health.ready(false, true).json(false)).isEqualTo("{\"status\":\"DOWN\"}");
  }
}
