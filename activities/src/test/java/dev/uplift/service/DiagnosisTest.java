package dev.uplift.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.upgrade.FailureKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
  void everyKindOfAServiceHasAdvice() {
    for (FailureKind kind : FailureKind.values()) {
      assertThat(Diagnosis.advice(kind)).isNotBlank();
    }
  }
}
