package dev.uplift.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.host.Cancellation;
import dev.uplift.host.StepCancelled;
import dev.uplift.service.Systemctl.Outcome;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SystemctlTest {

  @Test
  void namesAreWrittenAsTheBusWritesThem() {
    assertThat(Systemctl.busLabel("acme-api.service")).isEqualTo("acme_2dapi_2eservice");
    assertThat(Systemctl.busLabel("7seas-api2.service")).isEqualTo("_37seas_2dapi2_2eservice");
  }

  @Test
  void aProgramIsGivenUpWhenItsTimeIsOver() {
    Outcome outcome =
        Systemctl.run(List.of("sh", "-c", "echo begun; exec sleep 60"), Duration.ofSeconds(10));

    assertThat(outcome.gaveUp()).isTrue();
    assertThat(outcome.succeeded()).isFalse();
    assertThat(outcome.output()).isEqualTo("begun\n");
  }

  @Test
  void aStepThatIsToStopDoesNotWaitForAProgram() {
    Cancellation told =
        new Cancellation() {
          @Override
          public void check() {
            throw new StepCancelled("told to stop");
          }

          @Override
          public boolean isRequested() {
            return true;
          }
        };

    assertThatThrownBy(() -> Systemctl.run(List.of("sleep", "60"), Duration.ofMinutes(1), told))
        .isInstanceOf(StepCancelled.class);
  }

  @Test
  void whatTheShutdownOfTheMachineRefusesIsTold() {
    String refusal =
        "Failed to start acme-api.service: Transaction for acme-api.service/start is destructive"
            + " (systemd-poweroff.service has 'start' job queued, but 'stop' is included in"
            + " transaction).";

    assertThat(new Outcome(4, false, "", refusal).isOvertaken()).isTrue();
    assertThat(new Outcome(1, false, "", "Assertion failed on job.").isOvertaken()).isFalse();
  }

  @Test
  void aProgramThatIsNotThereFailsWithItsName() {
    Outcome outcome = Systemctl.run(List.of("no-such-systemctl"), Duration.ofSeconds(1));

    assertThat(outcome.succeeded()).isFalse();
    assertThat(outcome.errors()).contains("no-such-systemctl");
  }

  @Test
  void aRefusalByPolkitIsTold() {
    assertThat(new Outcome(4, false, "", "Failed to stop dbus.service: Access denied").isDenied())
        .isTrue();
    assertThat(
            new Outcome(1, false, "", "Failed to stop x: Interactive authentication required.")
                .isDenied())
        .isTrue();
    assertThat(new Outcome(5, false, "", "Unit x.service not loaded.").isDenied()).isFalse();
  }
}
