package dev.uplift.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitPropertiesTest {

  @Test
  void unitsAreReadInTheirOrder() {
    List<UnitProperties> units =
        UnitProperties.parse(
            """
            Id=t1-api.service
            LoadState=loaded
            ActiveState=active
            MainPID=114
            ControlGroup=/system.slice/t1-api.service

            Id=t1-old.service
            LoadState=not-found
            LoadError=org.freedesktop.systemd1.NoSuchUnit "Unit t1-old.service not found: a=b"
            MainPID=0
            """);

    assertThat(units).hasSize(2);
    assertThat(units.get(0).controlGroup()).isEqualTo("/system.slice/t1-api.service");
    assertThat(units.get(0).mainPid()).isEqualTo(114);
    assertThat(units.get(1).loadState()).isEqualTo("not-found");
    assertThat(units.get(1).get("LoadError")).endsWith("not found: a=b\"");
  }

  @ParameterizedTest(name = "{0} ({1}): up {2}")
  @CsvSource({
    "active,       running,      true",
    "reloading,    reload,       true",
    "activating,   start-pre,    true",
    "activating,   auto-restart, true",
    "deactivating, stop-sigterm, true",
    "inactive,     dead,         false",
    "failed,       failed,       false",
  })
  void aUnitThatWouldBeStartedAgainIsUp(String activeState, String subState, boolean up) {
    assertThat(
            unit(Map.of("ActiveState", activeState, "SubState", subState, "MainPID", "0")).isUp())
        .isEqualTo(up);
  }

  @ParameterizedTest(name = "{0}: {1} s")
  @CsvSource({
    // With some seconds for systemd to end what did not come up.
    "10min,    610",
    "5s,       120",
    "infinity, 120",
    "'',       120",
    "2h,       1810",
  })
  void aUnitMayTakeAsLongToComeUpAsItAsksForAndAtLeastWhatIsGiven(String timeout, long seconds) {
    assertThat(
            unit(Map.of("TimeoutStartUSec", timeout))
                .startPatience(Duration.ofMinutes(2), Duration.ofMinutes(30)))
        .hasSeconds(seconds);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo"})
  void whateverIsStoppedAlongIsKnown(String dependency) {
    assertThat(UnitProperties.NAMES).contains(dependency);
    assertThat(unit(Map.of(dependency, "a.service b.service")).stoppedAlong())
        .containsExactly("a.service", "b.service");
  }

  @ParameterizedTest(name = "{0} with main process {1}: running {2}, ended {3}")
  @CsvSource({
    "active,       114, true,  false",
    "reloading,    114, true,  false",
    // Ran to its end and counts as active.
    "active,       0,   true,  false",
    // Of type notify, and not ready yet.
    "activating,   114, true,  false",
    // Waits to be started again after it died.
    "activating,   0,   false, false",
    "deactivating, 114, false, false",
    "deactivating, 0,   false, false",
    "inactive,     0,   false, true",
    // Had to be killed.
    "failed,       0,   false, true",
    "failed,       114, false, false",
  })
  void aUnitIsStoppedOnlyWhenSystemdIsDoneWithItAndItHasNoProcess(
      String activeState, long mainPid, boolean running, boolean ended) {
    UnitProperties unit = unit(Map.of("ActiveState", activeState, "MainPID", "" + mainPid));

    assertThat(unit.isRunning()).isEqualTo(running);
    assertThat(unit.isEnded()).isEqualTo(ended);
  }

  @Test
  void aRestartBySystemdIsAnotherIncarnationEvenWithTheSameMainProcess() {
    Map<String, String> first =
        Map.of("ActiveState", "active", "MainPID", "9", "InvocationID", "aa", "NRestarts", "0");
    Map<String, String> again =
        Map.of("ActiveState", "active", "MainPID", "9", "InvocationID", "bb", "NRestarts", "1");

    assertThat(unit(first).state().incarnation()).isNotEqualTo(unit(again).state().incarnation());
    assertThat(unit(again).state().restarts()).isEqualTo(1);
    assertThat(unit(first).state().mainPid()).contains(9L);
  }

  @Test
  void aUnitThatIsAboutToBeStartedAgainTellsSoAndHowItEnded() {
    ServiceManager.ServiceState state =
        unit(Map.of(
                "ActiveState", "activating",
                "SubState", "auto-restart",
                "MainPID", "0",
                "NRestarts", "2",
                "ExecMainCode", "1",
                "ExecMainStatus", "3"))
            .state();

    assertThat(state.running()).isFalse();
    assertThat(state.restarts()).isEqualTo(3);
    assertThat(state.ending()).isEqualTo("exit status 3");
  }

  @Test
  void aUnitThatWasKilledTellsTheSignal() {
    assertThat(
            unit(Map.of("ActiveState", "failed", "ExecMainCode", "2", "ExecMainStatus", "9"))
                .state()
                .ending())
        .isEqualTo("signal 9");
  }

  @ParameterizedTest
  @CsvSource({
    "1min 30s, 90000",
    "2s, 2000",
    "500ms, 500",
    "1h 1min 1.500s, 3661500",
  })
  void aSpanOfTimeIsReadAsSystemdWritesIt(String written, long millis) {
    assertThat(unit(Map.of("TimeoutStopUSec", written)).stopTimeout())
        .contains(Duration.ofMillis(millis));
  }

  @Test
  void aUnitMayBeGivenForEverToStop() {
    assertThat(unit(Map.of("TimeoutStopUSec", "infinity")).stopTimeout())
        .isEqualTo(Optional.empty());
  }

  private static UnitProperties unit(Map<String, String> values) {
    return new UnitProperties(values);
  }
}
