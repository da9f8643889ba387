package dev.uplift.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.sandbox.Outage.Observation;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutageTest {
  @Test
  void thereIsNoneWhileEveryAnswerIsGood() {
    assertThat(Outage.in(List.of(good("api", 10), good("frontend", 12), good("api", 20))))
        .isEmpty();
  }

  @Test
  void itLastsFromTheLastGoodAnswerToTheFirst() {
    assertThat(Outage.in(List.of(good("api", 10), bad("api", 20), bad("api", 30), good("api", 40))))
        .containsExactly(new Outage(10, 40L));
  }

  @Test
  void itBeginsWithTheFirstServiceThatGoesAndEndsWithTheLastThatComesBack() {
    assertThat(
            Outage.in(
                List.of(
                    good("api", 10),
                    good("frontend", 12),
                    bad("api", 20),
                    good("frontend", 22),
                    bad("frontend", 32),
                    good("api", 40),
                    bad("frontend", 42),
                    good("frontend", 52),
                    good("api", 60))))
        .containsExactly(new Outage(10, 52L));
  }

  @Test
  void aServiceThatWasLastGoodEarlierButWasAskedLaterMovesTheBeginning() {
    assertThat(
            Outage.in(
                List.of(
                    good("api", 10),
                    good("frontend", 15),
                    bad("frontend", 25),
                    bad("api", 1010),
                    good("frontend", 1020),
                    good("api", 1030))))
        .containsExactly(new Outage(10, 1030L));
  }

  @Test
  void servicesThatTakeTurnsMakeOneOutage() {
    assertThat(
            Outage.in(
                List.of(
                    good("api", 10),
                    good("frontend", 10),
                    bad("api", 20),
                    bad("frontend", 21),
                    good("api", 30),
                    bad("api", 40),
                    good("frontend", 41),
                    good("api", 50))))
        .containsExactly(new Outage(10, 50L));
  }

  @Test
  void aReleaseThatIsGoodForAWhileMakesTwo() {
    assertThat(
            Outage.in(
                List.of(
                    good("api", 10),
                    bad("api", 20),
                    good("api", 30),
                    good("api", 40),
                    bad("api", 50),
                    good("api", 60))))
        .containsExactly(new Outage(10, 30L), new Outage(40, 60L));
  }

  @Test
  void oneThatIsNotOverHasNoEnd() {
    assertThat(Outage.in(List.of(good("api", 10), bad("api", 20))))
        .containsExactly(new Outage(10, null))
        .noneMatch(Outage::isOver);
  }

  @Test
  void aServiceThatWasNeverGoodIsDownSinceItWasFirstAsked() {
    assertThat(Outage.in(List.of(bad("api", 20), good("api", 30))))
        .containsExactly(new Outage(20, 30L));
  }

  private static Observation good(String service, long atNanos) {
    return new Observation(service, atNanos, true);
  }

  private static Observation bad(String service, long atNanos) {
    return new Observation(service, atNanos, false);
  }
}
