package dev.uplift.api.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreferTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "respond-async            | PT0S",
        "Respond-Async            | PT0S",
        "wait=10                  | PT10S",
        "wait=\"10\"              | PT10S",
        "wait = 10                | PT10S",
        "respond-async, wait=10   | PT10S",
        "wait=0                   | PT0S",
        "wait=999999999           | PT1H",
        "wait=10; foo=bar         | PT10S",
        "return=minimal, wait=3   | PT3S",
      })
  void aPreferenceIsHeeded(String header, Duration waitFor) {
    assertThat(Prefer.of(List.of(header)).waitFor()).contains(waitFor);
  }

  @ParameterizedTest
  @CsvSource({"wait=soon", "wait=-1", "wait", "waitful=3", "''", "handling=strict"})
  void whatIsNotUnderstoodIsIgnored(String header) {
    assertThat(Prefer.of(List.of(header)).waitFor()).isEmpty();
  }

  @Test
  void severalHeadersCountAsOne() {
    assertThat(Prefer.of(List.of("respond-async", "wait=4")).waitFor())
        .isEqualTo(Optional.of(Duration.ofSeconds(4)));
    assertThat(Prefer.of(null).waitFor()).isEmpty();
  }
}
