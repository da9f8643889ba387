package dev.uplift.dependency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.command.CommandResult;
import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InstallerFailureTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ERROR: No matching distribution found for nosuch==1                       | MISSING_DEPENDENCY
          a 1.0 requires b, which is not installed.                                 | MISSING_DEPENDENCY
          Because nosuch was not found in the package registry                      | MISSING_DEPENDENCY
          npm error code E404                                                       | MISSING_DEPENDENCY
          NewConnectionError: Failed to establish a new connection: refused         | FETCH_UNREACHABLE
          npm error code ECONNREFUSED                                               | FETCH_UNREACHABLE
          ERROR: HTTP error 503 while getting https://example.org/x                 | FETCH_UNREACHABLE
          OSError: [Errno 28] No space left on device                               | DISK_FULL
          error: command '/usr/bin/gcc' failed with exit code 1                     | STEP_FAILED
          """)
  void theKindFollowsFromWhatTheInstallerSays(String output, FailureKind kind) {
    assertThat(InstallerFailure.kindOf(output)).isEqualTo(kind);
  }

  @Test
  void noVersionsAtAllAfterFailedConnectionsMeansThatTheIndexIsUnreachable() {
    String retries = "WARNING: Retrying after NewConnectionError: Connection refused\n";

    assertThat(
            InstallerFailure.kindOf(
                retries
                    + "ERROR: Could not find a version that satisfies the requirement six==9"
                    + " (from versions: none)"))
        .isEqualTo(FailureKind.FETCH_UNREACHABLE);
    assertThat(
            InstallerFailure.kindOf(
                retries
                    + "ERROR: Could not find a version that satisfies the requirement six==9"
                    + " (from versions: 1.15.0, 1.16.0)"))
        .isEqualTo(FailureKind.MISSING_DEPENDENCY);
  }

  @Test
  void passwordsOfIndexesAreNotInTheEvidence() {
    StepFailure failure =
        InstallerFailure.of(
            "requirements.txt",
            new CommandResult(
                1,
                false,
                new CommandResult.Printed(
                    "Looking in indexes: https://joe:s3cr@t@example.org/simple, http://tok@b/x", 0),
                Duration.ZERO));

    assertThat(failure.evidence())
        .isEqualTo("Looking in indexes: https://***@example.org/simple, http://***@b/x");
  }

  @Test
  void anArtifactThatSomebodyChangedIsNotCalledMissing() {
    StepFailure failure =
        InstallerFailure.of(
            "requirements.txt",
            new CommandResult(
                1,
                false,
                new CommandResult.Printed(
                    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", 0),
                Duration.ZERO));

    assertThat(failure.kind()).isEqualTo(FailureKind.STEP_FAILED);
    assertThat(failure.getMessage()).contains("differs from the hash");
  }
}
