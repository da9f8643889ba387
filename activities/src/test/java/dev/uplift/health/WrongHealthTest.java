package dev.uplift.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.health.HealthVerdict.Outcome;
import dev.uplift.health.HealthWindow.Decision;
import dev.uplift.health.HealthWindow.Observation;
import dev.uplift.proof.Proof;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of health catches who believes the first good answer. */
class WrongHealthTest {
  private static final HealthVerdict OK = new HealthVerdict(Outcome.OK, null, false, true);
  private static final HealthVerdict BAD = new HealthVerdict(Outcome.BAD, "503", false, false);
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  @TempDir Path directory;

  /** Judges one observation after the other. */
  private interface Judge extends Function<Observation, Decision> {}

  @TestFactory
  Stream<DynamicTest> aReleaseThatAnswersWellAndThenDiesIsNotHealthy() {
    return Proof.<Supplier<Judge>>ofRow(
            38,
            directory,
            (judges, unused) -> {
              Judge judge = judges.get();
              for (int second = 0; second < 4; second++) {
                assertThat(judge.apply(after(second, OK))).isInstanceOf(Decision.Waiting.class);
              }
              assertThat(judge.apply(after(4, BAD))).isInstanceOf(Decision.Waiting.class);
              assertThat(
                      judge.apply(
                          new Observation(BEGIN.plusSeconds(5), List.of(BAD), List.of("api died"))))
                  .isInstanceOf(Decision.Failed.class);
            })
        .passes(
            () ->
                new HealthWindow(
                        Duration.ofSeconds(5), Duration.ofSeconds(2), BEGIN.plusSeconds(60))
                    ::observe)
        .catches("a single probe", () -> WrongHealthTest::believesTheFirst, "Healthy")
        .tests();
  }

  private static Decision believesTheFirst(Observation seen) {
    if (!seen.deaths().isEmpty()) {
      return new Decision.Failed(dev.uplift.upgrade.FailureKind.CRASH_LOOP, "died");
    }
    return seen.verdicts().stream().allMatch(HealthVerdict::isOk)
        ? new Decision.Healthy()
        : new Decision.Waiting();
  }

  private static Observation after(int seconds, HealthVerdict verdict) {
    return new Observation(BEGIN.plusSeconds(seconds), List.of(verdict), List.of());
  }
}
