package dev.uplift.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PresenceTest {
  private final AtomicLong clock = new AtomicLong();
  private final StringBuilder log = new StringBuilder();
  private final Presence presence = new Presence(clock::get, line -> log.append(line).append('\n'));

  @Test
  void anEngineThatAnswersIsNotWorthALine() {
    presence.seen();
    presence.seen();

    assertThat(log).isEmpty();
    assertThat(presence.problem()).isEmpty();
  }

  @Test
  void whatStaysTheSameIsToldOnceInFiveMinutes() {
    for (int second = 0; second < 600; second += 10) {
      presence.missed("it did not answer after " + second + " ms");
      after(10);
    }

    assertThat(log.toString().lines()).hasSize(2);
    assertThat(presence.problem()).hasValue("it did not answer after 590 ms");
  }

  @Test
  void anotherReasonIsToldAtOnce() {
    presence.missed("nobody listens");
    presence.missed("our certificate has expired");

    assertThat(log.toString().lines())
        .containsExactly(
            "cannot be used: nobody listens", "cannot be used: our certificate has expired");
  }

  @Test
  void itsReturnIsToldWithTheTimeThatItWasAway() {
    presence.missed("nobody listens");
    after(42);
    presence.seen();
    presence.seen();

    assertThat(log.toString().lines()).last().isEqualTo("answers again, after 42 s");
    assertThat(log.toString().lines()).hasSize(2);
    assertThat(presence.problem()).isEmpty();
  }

  private void after(int seconds) {
    clock.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }
}
