package dev.uplift.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.uplift.host.StepFailure;
import dev.uplift.service.Systemctl.Assertion;
import dev.uplift.upgrade.FailureKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitFitnessTest {
  private static final Path GUARDS = Path.of("/var/lib/uplift/guard");

  @ParameterizedTest
  @CsvSource({
    "not-found,   There is no unit, Define it",
    "masked,      masked,           systemctl unmask t1-api.service",
    "bad-setting, bad setting,      systemd-analyze verify t1-api.service",
    "error,       error,            systemd-analyze verify t1-api.service",
  })
  void aUnitThatCannotBeLoadedIsRefusedForItsOwnReason(
      String loadState, String message, String advice) {
    StepFailure failure =
        refusal(() -> unit("LoadState", loadState, "LoadError", "why").requireLoaded());

    assertThat(failure.kind()).isEqualTo(FailureKind.UNIT_MISSING);
    assertThat(failure.getMessage()).contains(message, "t1-api");
    assertThat(failure.evidence()).isEqualTo("why");
    assertThat(failure.advice()).contains(advice);
  }

  @Test
  void aUnitThatWasChangedOnDiskIsRefusedUntilSystemdHasReadIt() {
    StepFailure failure = refusal(() -> unit("NeedDaemonReload", "yes").requireReloaded());

    assertThat(failure.kind()).isEqualTo(FailureKind.HOST_UNPREPARED);
    assertThat(failure.advice()).contains("systemctl daemon-reload");
    assertThatCode(() -> unit("NeedDaemonReload", "no").requireReloaded())
        .doesNotThrowAnyException();
  }

  @Test
  void aUnitOfAnotherUserIsRefused() {
    assertThat(refusal(() -> unit("User", "www-data").requireUser("ops"::equals)).kind())
        .isEqualTo(FailureKind.WRONG_OWNER);
    assertThat(refusal(() -> unit("User", "").requireUser("ops"::equals)).evidence())
        .isEqualTo("User=root");
    assertThat(
            refusal(() -> unit("User", "ops", "DynamicUser", "yes").requireUser("ops"::equals))
                .evidence())
        .contains("DynamicUser=yes");
    assertThatCode(() -> unit("User", "ops").requireUser("ops"::equals)).doesNotThrowAnyException();
  }

  @Test
  void aUnitThatNothingKeepsDownIsRefused() {
    for (List<Assertion> assertions :
        List.of(
            List.<Assertion>of(),
            // It asserts the opposite.
            List.of(new Assertion("AssertPathExists", false, GUARDS + "/t1-api")),
            List.of(new Assertion("AssertFileNotEmpty", true, GUARDS + "/t1-api")),
            // That of another unit.
            List.of(new Assertion("AssertPathExists", true, GUARDS + "/t1-frontend")))) {
      StepFailure failure = refusal(() -> unit().requireGuard(assertions, GUARDS));

      assertThat(failure.kind()).isEqualTo(FailureKind.HOST_UNPREPARED);
      assertThat(failure.advice()).contains("uplift host prepare");
    }
  }

  @Test
  void aGuardInAnotherStateDirectoryIsRefusedWithBoth() {
    StepFailure failure =
        refusal(
            () ->
                unit()
                    .requireGuard(
                        List.of(new Assertion("AssertPathExists", true, "/srv/state/guard/t1-api")),
                        GUARDS));

    assertThat(failure.evidence()).contains("/srv/state/guard/t1-api", GUARDS.toString());
    assertThat(failure.advice()).contains("uplift host prepare");
  }

  @Test
  void aGuardIsFoundAmongOtherAssertionsAndThroughALink(@TempDir Path directory)
      throws IOException {
    Path guards = Files.createDirectories(directory.resolve("state/guard"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("state"));
    List<Assertion> assertions =
        List.of(
            new Assertion("AssertPathExists", false, "/srv"),
            new Assertion("AssertPathExists", true, link.resolve("guard/t1-api").toString()));

    assertThatCode(() -> unit().requireGuard(assertions, guards)).doesNotThrowAnyException();
  }

  @Test
  void aUnitThatASocketStartsIsRefusedAndOneWithATimerIsNot() {
    UnitFitness unit = unit("TriggeredBy", "t1-api.timer t1-api.socket");

    StepFailure failure = refusal(() -> unit.requireNoTrigger(name -> true));

    assertThat(failure.kind()).isEqualTo(FailureKind.PROFILE_INVALID);
    assertThat(failure.getMessage()).contains("t1-api.socket").doesNotContain("t1-api.timer");
    assertThatCode(() -> unit.requireNoTrigger(name -> false)).doesNotThrowAnyException();
  }

  @Test
  void aUnitWhoseStopWouldStopAnotherIsRefusedUnlessThatIsTheTenantsOwn() {
    UnitFitness unit = unit("RequiredBy", "t1-frontend.service t1-worker.service");
    Set<String> own = Set.of("t1-api.service", "t1-frontend.service");

    StepFailure failure = refusal(() -> unit.requireStopsNobodyElse(own::contains, active -> true));

    assertThat(failure.kind()).isEqualTo(FailureKind.PROFILE_INVALID);
    assertThat(failure.getMessage())
        .contains("t1-worker.service")
        .doesNotContain("t1-frontend.service");
    assertThatCode(() -> unit.requireStopsNobodyElse(own::contains, active -> false))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"RefuseManualStart=yes", "RefuseManualStop=yes", "CanStart=no", "CanStop=no"})
  void aUnitThatIsNotStartedOrStoppedOnRequestIsRefused(String setting) {
    String[] parts = setting.split("=");
    assertThat(UnitProperties.NAMES).contains(parts[0]);

    StepFailure failure = refusal(() -> unit(parts[0], parts[1]).requireOnRequest());

    assertThat(failure.kind()).isEqualTo(FailureKind.PROFILE_INVALID);
    assertThat(failure.getMessage()).contains("t1-api.service", "on request");
    assertThat(failure.evidence()).isEqualTo(setting);
    assertThat(failure.advice()).contains("RefuseManualStart=", "daemon-reload");
  }

  @Test
  void aUnitThatIsStartedAndStoppedOnRequestIsNotRefused() {
    assertThatCode(
            () ->
                unit(
                        "RefuseManualStart",
                        "no",
                        "RefuseManualStop",
                        "no",
                        "CanStart",
                        "yes",
                        "CanStop",
                        "yes")
                    .requireOnRequest())
        .doesNotThrowAnyException();
  }

  @Test
  void whateverKeepsSystemdFromDoingWhatIsAskedForIsARefusal() {
    List<UnitName> units = List.of(new UnitName("t1-api"));

    StepFailure denied =
        refusal(
            () ->
                UnitFitness.requireAllowed(
                    units, new Systemctl.Outcome(4, false, "", "Access denied")));
    StepFailure refused =
        refusal(
            () ->
                UnitFitness.requireAllowed(
                    units,
                    new Systemctl.Outcome(
                        4, false, "", "Operation refused, may be requested by dependency only")));
    StepFailure silent =
        refusal(() -> UnitFitness.requireAllowed(units, new Systemctl.Outcome(137, true, "", "")));

    assertThat(List.of(denied, refused, silent))
        .allMatch(failure -> failure.kind() == FailureKind.HOST_UNPREPARED);
    assertThat(denied.advice()).contains("uplift host prepare");
    assertThat(refused.evidence()).contains("by dependency only");
    assertThat(silent.getMessage()).contains("did not answer");
    assertThatCode(() -> UnitFitness.requireAllowed(units, new Systemctl.Outcome(0, false, "", "")))
        .doesNotThrowAnyException();
  }

  @Test
  void aUnitThatMayTakeLongerToStopThanTheProfileAllowsIsMentioned() {
    assertThat(unit("TimeoutStopUSec", "5min").warnings(Duration.ofSeconds(90)))
        .singleElement()
        .asString()
        .contains("300 s", "90 s");
    assertThat(unit("TimeoutStopUSec", "1min 30s").warnings(Duration.ofSeconds(90))).isEmpty();
    assertThat(unit("TimeoutStopUSec", "infinity").warnings(Duration.ofSeconds(90))).hasSize(1);
  }

  @Test
  void aUnitThatLeavesProcessesBehindIsMentioned() {
    assertThat(
            unit("TimeoutStopUSec", "1s", "KillMode", "process").warnings(Duration.ofSeconds(90)))
        .singleElement()
        .asString()
        .contains("KillMode=process");
  }

  private static UnitFitness unit(String... values) {
    Map<String, String> properties = new HashMap<>();
    for (int i = 0; i < values.length; i += 2) {
      properties.put(values[i], values[i + 1]);
    }
    return new UnitFitness(new UnitName("t1-api"), new UnitProperties(properties));
  }

  private static StepFailure refusal(ThrowingCallable check) {
    return catchThrowableOfType(StepFailure.class, check);
  }
}
