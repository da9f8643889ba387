package dev.uplift.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.upgrade.FailureKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DiagnosisTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ModuleNotFoundError: No module named 'flask'",
        "ImportError: No module named flask",
        "Error: Cannot find module 'express'",
        "java.lang.ClassNotFoundException: org.sqlite.JDBC",
        "PHP Fatal error:  Uncaught Error: Class \"Foo\\Bar\" not found in /srv/a.php:3"
      })
  void aModuleThatIsNotThereIsAMissingDependency(String line) {
    Diagnosis diagnosis =
        Diagnosis.of(FailureKind.START_FAILED, "starting\n" + line + "\n  at x\n");

    assertThat(diagnosis).isEqualTo(new Diagnosis(FailureKind.MISSING_DEPENDENCY, line));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "OSError: [Errno 98] Address already in use",
        "Error: listen EADDRINUSE: address already in use :::3000",
        "[error] bind() failed (errno 98)"
      })
  void aTakenPortIsAPortConflict(String line) {
    assertThat(Diagnosis.of(FailureKind.UNHEALTHY, line))
        .isEqualTo(new Diagnosis(FailureKind.PORT_CONFLICT, line));
  }

  @Test
  void aLogThatSaysNothingKnownKeepsTheKindAndShowsItsLastLine() {
    assertThat(Diagnosis.of(FailureKind.CRASH_LOOP, "one\nKeyError: 'x'\n\n"))
        .isEqualTo(new Diagnosis(FailureKind.CRASH_LOOP, "KeyError: 'x'"));
  }

  @Test
  void anEmptyLogKeepsTheKind() {
    assertThat(Diagnosis.of(FailureKind.START_FAILED, ""))
        .isEqualTo(new Diagnosis(FailureKind.START_FAILED, null));
  }

  @Test
  void anErrorThatWasSurvivedLongAgoIsNotTheReason() {
    String log = "ImportError: No module named uvloop\n" + "GET /health 200\n".repeat(200);

    assertThat(Diagnosis.of(FailureKind.CRASH_LOOP, log).kind()).isEqualTo(FailureKind.CRASH_LOOP);
  }

  @Test
  void whatTheServicePrintedLastTellsMoreThanWhatSystemdSaysOfItsEnd() {
    String log =
        """
        systemd: Started t1-api.service.
        KeyError: 'x'
        systemd: t1-api.service: Main process exited, code=exited, status=1/FAILURE
        systemd: t1-api.service: Failed with result 'exit-code'.
        systemd: t1-api.service: Scheduled restart job, restart counter is at 5.
        systemd: t1-api.service: Start request repeated too quickly.
        """;

    assertThat(Diagnosis.of(FailureKind.CRASH_LOOP, log))
        .isEqualTo(new Diagnosis(FailureKind.CRASH_LOOP, "KeyError: 'x'"));
  }

  @Test
  void aServiceThatPrintsNothingIsShownWithTheWayItEnded() {
    String log =
        """
        systemd: Started t1-api.service.
        systemd: t1-api.service: Main process exited, code=killed, status=9/KILL
        systemd: t1-api.service: Failed with result 'signal'.
        """;

    assertThat(Diagnosis.of(FailureKind.START_FAILED, log).line())
        .isEqualTo("t1-api.service: Main process exited, code=killed, status=9/KILL");
  }

  @ParameterizedTest
  @CsvSource({
    "203, EXEC,  ExecStart=",
    "217, USER,  User=",
    "216, GROUP, Group=",
    "200, CHDIR, WorkingDirectory=",
    "226, NAMESPACE, ReadWritePaths=",
    "219, CGROUP, systemd.exec(5)",
  })
  void aProgramThatNeverRanIsAFailedStartWithTheSettingToLookAt(
      int status, String step, String advice) {
    String spawning =
        "t1-api.service: Failed at step " + step + " spawning /srv/t1/x: No such file";
    String log =
        "systemd: %s\nsystemd: t1-api.service: Main process exited, code=exited, status=%d/%s\n"
            .formatted(spawning, status, step);

    Diagnosis diagnosis = Diagnosis.of(FailureKind.CRASH_LOOP, log);

    assertThat(diagnosis).isEqualTo(new Diagnosis(FailureKind.START_FAILED, spawning));
    assertThat(diagnosis.advice()).contains(advice);
  }

  @Test
  void theExitStatusAloneTellsToo() {
    Diagnosis diagnosis =
        Diagnosis.of(
            FailureKind.START_FAILED,
            "systemd: t1-api.service: Main process exited, code=exited, status=203/EXEC\n");

    assertThat(diagnosis.advice()).contains("ExecStart=");
  }

  @Test
  void anExitStatusOfTheServicesOwnIsNotTakenForSystemds() {
    String log = "upstream said status=203/EXEC\n";

    assertThat(Diagnosis.of(FailureKind.CRASH_LOOP, log).kind()).isEqualTo(FailureKind.CRASH_LOOP);
  }

  @Test
  void everyKindOfAServiceHasAdvice() {
    for (FailureKind kind : FailureKind.values()) {
      assertThat(Diagnosis.advice(kind)).isNotBlank();
    }
  }
}
