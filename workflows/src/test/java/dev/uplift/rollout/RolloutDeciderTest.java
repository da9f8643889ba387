package dev.uplift.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.release.Tag;
import dev.uplift.rollout.Decision.Halt;
import dev.uplift.rollout.Decision.Next;
import dev.uplift.rollout.Decision.Rule;
import dev.uplift.rollout.Situation.Candidate;
import dev.uplift.rollout.Situation.Trouble;
import dev.uplift.upgrade.FailureKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RolloutDeciderTest {
  private static final Signature RAISES =
      new Signature("RunMigrations", FailureKind.MIGRATION_FAILED, "Migration a.py failed");

  /** How many of so many tenants failed, each in its own way, and whether that is too many. */
  @ParameterizedTest
  @CsvSource({
    "0,    10, 0, false",
    "0,    10, 1, true",
    "1,    10, 1, false",
    "1,    10, 2, true",
    "3,    10, 3, false",
    "3,    10, 4, true",
    // 10 % of 40 are 4.
    "10%,  40, 4, false",
    "10%,  40, 5, true",
    // 10 % of 9 are less than one tenant.
    "10%,   9, 0, false",
    "10%,   9, 1, true",
    // 10 % of 19 are one whole tenant.
    "10%,  19, 1, false",
    "10%,  19, 2, true",
    "50%,   3, 1, false",
    "50%,   3, 2, true",
    "100%,  3, 3, false",
    "100%,  1, 1, false",
    "0%,   99, 1, true",
    "99%, 100, 99, false",
    "99%, 100, 100, true",
  })
  void failuresAreBorneUpToTheLimit(String limit, int tenants, int failed, boolean halts) {
    Decision decision = RolloutDecider.decide(failing(limit, tenants, failed));

    if (halts) {
      assertThat(decision.halt().rule()).isEqualTo(Rule.MAX_FAILURES);
      assertThat(decision.halt().tenants()).hasSize(Math.min(failed, 10));
      assertThat(decision.halt().message())
          .isEqualTo(
              failed + " of " + tenants + " tenants failed, and max_failures is " + limit + ".");
      assertThat(decision.start()).isEmpty();
      assertThat(decision.next()).isEqualTo(Next.WAIT);
    } else {
      assertThat(decision.halt()).isNull();
      assertThat(decision.start()).extracting(Candidate::tenant).containsExactly("next");
    }
  }

  /** What counts as a failure, with a limit of none. */
  @ParameterizedTest
  @CsvSource({
    "rolled_back,     true",
    "needs_attention, true",
    "failed_late,     true",
    "stalled,         true",
    "rejected,        false",
    "busy,            false",
    "held,            false",
    "away,            false",
    "gone,            false",
  })
  void onlyWhatTheUpgradeDidToATenantCounts(String outcome, boolean halts) {
    Situation now =
        new Fleet().waiting("next@a").trouble("t", Outcome.of(outcome), null, false).now();

    assertThat(RolloutDecider.decide(now).halt() != null).isEqualTo(halts);
  }

  @Test
  void aWaveOfWhichAllAreAtTheTargetIsDone() {
    Decision decision = RolloutDecider.decide(new Fleet().tenants(40).now());

    assertThat(decision).isEqualTo(new Decision(List.of(), Next.END_WAVE, null));
  }

  @Test
  void threeDirtyCheckoutsAmongFortyKeepNobodyElseFromBeingUpgraded() {
    Fleet fleet = new Fleet().tenants(40).waiting("next@a");
    for (String tenant : List.of("a", "b", "c")) {
      fleet.trouble(tenant, Outcome.REJECTED, null, false);
    }

    Decision decision = RolloutDecider.decide(fleet.now());

    assertThat(decision.halt()).isNull();
    assertThat(decision.start()).hasSize(1);
  }

  @Test
  void twoThatFailAlikeHaltFarBelowTheLimit() {
    Situation now =
        new Fleet()
            .tenants(100)
            .limit("50%")
            .waiting("next@a")
            .trouble("a", Outcome.ROLLED_BACK, RAISES, false)
            .trouble("b", Outcome.REJECTED, RAISES, false)
            .now();

    Decision decision = RolloutDecider.decide(now);

    assertThat(decision.halt().rule()).isEqualTo(Rule.COMMON_CAUSE);
    assertThat(decision.halt().signature()).isEqualTo(RAISES);
    assertThat(decision.halt().tenants()).containsExactly("a", "b");
    assertThat(decision.halt().message())
        .isEqualTo(
            "2 tenants failed alike, so the others would, too: RunMigrations, migration_failed:"
                + " Migration a.py failed");
    assertThat(decision.start()).isEmpty();
  }

  @Test
  void twoThatFailDifferentlyDoNot() {
    Signature another = new Signature("RunMigrations", FailureKind.MIGRATION_FAILED, "b.py failed");
    Situation now =
        new Fleet()
            .limit("2")
            .waiting("next@a")
            .trouble("a", Outcome.ROLLED_BACK, RAISES, false)
            .trouble("b", Outcome.ROLLED_BACK, another, false)
            .now();

    assertThat(RolloutDecider.decide(now).halt()).isNull();
  }

  @Test
  void whatAPersonHasSeenDoesNotHaltAgainAndTheNextOneDoes() {
    Fleet fleet =
        new Fleet()
            .waiting("next@a")
            .trouble("a", Outcome.ROLLED_BACK, RAISES, true)
            .trouble("b", Outcome.ROLLED_BACK, RAISES, true);

    assertThat(RolloutDecider.decide(fleet.now()).start()).hasSize(1);

    fleet.trouble("c", Outcome.ROLLED_BACK, RAISES, false);
    assertThat(RolloutDecider.decide(fleet.now()).halt().rule()).isEqualTo(Rule.MAX_FAILURES);
  }

  @Test
  void aCanaryThatIsRefusedHalts() {
    Fleet fleet = new Fleet().limit("100%").waiting("next@a");
    fleet.trouble("canary", Outcome.REJECTED, null, true);

    Decision decision = RolloutDecider.decide(fleet.now());

    assertThat(decision.halt().rule()).isEqualTo(Rule.REJECTED_CANARY);
    assertThat(decision.halt().message()).contains("canary");
  }

  @Test
  void aHaltCountsAllAndNamesTen() {
    Fleet fleet = new Fleet().tenants(100);
    IntStream.range(0, 13).forEach(i -> fleet.trouble("t" + i, Outcome.REJECTED, null, true));

    Halt halt = RolloutDecider.decide(fleet.now()).halt();

    assertThat(halt.tenants()).hasSize(10).startsWith("t0").endsWith("t9");
    assertThat(halt.message())
        .isEqualTo(
            "The others wait for t0, t1, t2, t3, t4, t5, t6, t7, t8, t9 and 3 more, which could not"
                + " be upgraded.");
  }

  /** What came of three tenants in their rehearsal, and whether a person is asked. */
  @ParameterizedTest
  @CsvSource({
    "HALT,      would_upgrade, already_there, false",
    "HALT,      would_upgrade, rejected,      true",
    "HALT,      held,          gone,          true",
    "LEAVE_OUT, would_upgrade, rejected,      false",
    "LOOK,      rejected,      rejected,      false",
    "DRY_RUN,   rejected,      rejected,      false",
  })
  void whoFailsInTheRehearsalIsLeftOutWhenAPersonSaysSo(
      RehearsalMode mode, String two, String one, boolean halts) {
    Map<Outcome, Integer> rehearsed = Map.of(Outcome.of(two), 2);
    Map<Outcome, Integer> all = new TreeMap<>(rehearsed);
    all.merge(Outcome.of(one), 1, Integer::sum);

    Optional<Halt> halt = RolloutDecider.afterRehearsal(order(true, mode), all, List.of("x"));

    assertThat(halt.isPresent()).isEqualTo(halts);
    halt.ifPresent(
        told -> {
          assertThat(told.rule()).isEqualTo(Rule.REHEARSAL);
          assertThat(told.tenants()).containsExactly("x");
        });
  }

  @Test
  void aRehearsalCountsAllThatDidNotPass() {
    Map<Outcome, Integer> rehearsed = Map.of(Outcome.HELD, 2, Outcome.WOULD_UPGRADE, 1);

    assertThat(
            RolloutDecider.afterRehearsal(order(true, RehearsalMode.HALT), rehearsed, List.of("x")))
        .hasValueSatisfying(
            halt ->
                assertThat(halt.message())
                    .isEqualTo(
                        "2 of 3 tenants could not be upgraded, and nobody was stopped."
                            + " Resume to leave them out."));
  }

  /**
   * Whether others wait for a wave, how many of it got there, whether a person saw how it fared,
   * and whether a halt is wanted.
   */
  @ParameterizedTest
  @CsvSource({
    "true,  0, false, true,  true",
    "true,  1, false, true,  false",
    "true,  0, true,  true,  false",
    "false, 0, false, true,  false",
    "true,  0, false, false, false",
  })
  void aGateThatProvesNothingHalts(
      boolean gate, int reached, boolean seen, boolean haltIsWanted, boolean halts) {
    Wave wave = new Wave("canary", 3, gate, 0, false);

    Optional<Halt> halt =
        RolloutDecider.atGate(wave, reached, seen, order(haltIsWanted, RehearsalMode.NONE));

    assertThat(halt.map(Halt::rule))
        .isEqualTo(Optional.ofNullable(halts ? Rule.NOTHING_PROVEN : null));
  }

  private static RolloutOrder order(boolean halts, RehearsalMode mode) {
    return new RolloutOrder(
        new UUID(0, 1),
        Tag.of("v0.3.0"),
        List.of(new Wave("canary", 3, true, 0, false)),
        new Limits(1, 1, FailureLimit.NONE, halts),
        mode,
        "test");
  }

  @Test
  void whoWantsToGoOnWhateverFailsIsNeverHalted() {
    Fleet fleet = new Fleet().goOn().waiting("next@a");
    fleet.trouble("a", Outcome.NEEDS_ATTENTION, RAISES, true, false);
    fleet.trouble("b", Outcome.NEEDS_ATTENTION, RAISES, true, false);

    assertThat(RolloutDecider.decide(fleet.now()).start()).hasSize(1);
  }

  /**
   * Running and waiting tenants with their hosts, and who is started with 3 at once, 2 per host.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "-           | 1@a 2@a 3@a 4@b | 1 2 4",
        "-           | 1@a 2@b 3@c 4@d | 1 2 3",
        "0@a         | 1@a 2@a 3@b     | 1 3",
        "8@a 9@a     | 1@a 2@a         | -",
        "8@a 9@a     | 1@a 2@b 3@b     | 2",
        "7@a 8@b 9@c | 1@d             | -",
        "6@a 7@a 8@b 9@b | 1@d         | -",
      })
  void limitsHoldInAllAndForEachHost(String running, String waiting, String started) {
    Fleet fleet = new Fleet().atOnce(3, 2).waiting(waiting.split(" "));
    if (running != null) {
      fleet.running(running.split(" "));
    }

    Decision decision = RolloutDecider.decide(fleet.now());

    assertThat(decision.start())
        .extracting(Candidate::tenant)
        .containsExactly(started == null ? new String[0] : started.split(" "));
    assertThat(decision.next()).isEqualTo(Next.WAIT);
  }

  @Test
  void aHostThatHasEnoughToDoKeepsNobodyElseWaiting() {
    Situation now =
        new Fleet().atOnce(10, 1).running("1@dead").waiting("2@dead", "3@dead", "4@alive").now();

    assertThat(RolloutDecider.decide(now).start())
        .extracting(Candidate::tenant)
        .containsExactly("4");
  }

  @Test
  void aPausedOneStartsNobodyAndWaits() {
    Decision decision = RolloutDecider.decide(new Fleet().paused().waiting("1@a").now());

    assertThat(decision.start()).isEmpty();
    assertThat(decision.next()).isEqualTo(Next.WAIT);
    assertThat(RolloutDecider.decide(new Fleet().paused().now()).next()).isEqualTo(Next.WAIT);
  }

  @Test
  void anAbortedOneWaitsForThoseUnderWayAndEnds() {
    assertThat(RolloutDecider.decide(new Fleet().aborted().running("1@a").waiting("2@a").now()))
        .isEqualTo(new Decision(List.of(), Next.WAIT, null));
    assertThat(RolloutDecider.decide(new Fleet().aborted().waiting("2@a").now()))
        .isEqualTo(new Decision(List.of(), Next.END, null));
  }

  @Test
  void aWaveIsDoneWhenNobodyWaitsOrRunsOrIsBusy() {
    assertThat(RolloutDecider.decide(new Fleet().now()).next()).isEqualTo(Next.END_WAVE);
    assertThat(RolloutDecider.decide(new Fleet().running("1@a").now()).next()).isEqualTo(Next.WAIT);
    assertThat(RolloutDecider.decide(new Fleet().busy(2, "1@a").now()).next())
        .isEqualTo(Next.TRY_BUSY_AGAIN);
    assertThat(RolloutDecider.decide(new Fleet().busy(0, "1@a").now()).next())
        .isEqualTo(Next.END_WAVE);
  }

  @Test
  void aRunThatIsFullStartsNobodyAndAnotherOneGoesOn() {
    assertThat(RolloutDecider.decide(new Fleet().full(1).running("1@a").waiting("2@a").now()))
        .isEqualTo(new Decision(List.of(), Next.WAIT, null));
    assertThat(RolloutDecider.decide(new Fleet().full(0).waiting("2@a").now()))
        .isEqualTo(new Decision(List.of(), Next.CARRY_ON, null));
    assertThat(RolloutDecider.decide(new Fleet().full(1).now()).next()).isEqualTo(Next.CARRY_ON);
    assertThat(RolloutDecider.decide(new Fleet().full(0).busy(1, "1@a").now()).next())
        .isEqualTo(Next.CARRY_ON);
    assertThat(RolloutDecider.decide(new Fleet().full(0).now()).next()).isEqualTo(Next.END_WAVE);
  }

  @Test
  void busyOnesAreTriedWhenTheOthersAreDone() {
    Fleet fleet = new Fleet().atOnce(1, 1).busy(2, "1@a").running("2@a");

    assertThat(RolloutDecider.decide(fleet.now()).next()).isEqualTo(Next.WAIT);
  }

  private static Situation failing(String limit, int tenants, int failed) {
    Fleet fleet = new Fleet().tenants(tenants).limit(limit).waiting("next@a");
    IntStream.range(0, failed)
        .forEach(i -> fleet.trouble("t" + i, Outcome.ROLLED_BACK, null, false));
    return fleet.now();
  }

  /** Builds situations; a tenant is written as name@host. */
  private static final class Fleet {
    private int tenants = 10;
    private Limits limits = new Limits(100, 100, FailureLimit.NONE, true);
    private List<Candidate> waiting = List.of();
    private final Map<String, String> running = new TreeMap<>();
    private List<Candidate> busy = List.of();
    private int busyTries;
    private final List<Trouble> troubles = new ArrayList<>();
    private int toCome;
    private boolean full;
    private boolean paused;
    private boolean aborted;

    Fleet full(int more) {
      full = true;
      toCome = more;
      return this;
    }

    Fleet tenants(int number) {
      tenants = number;
      return this;
    }

    Fleet limit(String text) {
      limits =
          new Limits(
              limits.maxConcurrency(), limits.maxPerHost(), FailureLimit.of(text), limits.halts());
      return this;
    }

    Fleet atOnce(int all, int perHost) {
      limits = new Limits(all, perHost, limits.maxFailures(), limits.halts());
      return this;
    }

    Fleet goOn() {
      limits = new Limits(limits.maxConcurrency(), limits.maxPerHost(), FailureLimit.NONE, false);
      return this;
    }

    Fleet waiting(String... names) {
      waiting = candidates(names);
      return this;
    }

    Fleet running(String... names) {
      candidates(names).forEach(one -> running.put(one.tenant(), one.host()));
      return this;
    }

    Fleet busy(int tries, String... names) {
      busy = candidates(names);
      busyTries = tries;
      return this;
    }

    Fleet trouble(String tenant, Outcome outcome, Signature signature, boolean gatedOrSeen) {
      boolean gated = outcome == Outcome.REJECTED && gatedOrSeen;
      return trouble(tenant, outcome, signature, gated, !gated && gatedOrSeen);
    }

    Fleet trouble(
        String tenant, Outcome outcome, Signature signature, boolean gated, boolean seen) {
      troubles.add(new Trouble(tenant, outcome, signature, gated, seen));
      return this;
    }

    Fleet paused() {
      paused = true;
      return this;
    }

    Fleet aborted() {
      aborted = true;
      return this;
    }

    Situation now() {
      return new Situation(
          limits, tenants, toCome, waiting, running, busy, busyTries, troubles, full, paused,
          aborted);
    }

    private static List<Candidate> candidates(String... names) {
      List<Candidate> all = new ArrayList<>();
      for (String name : names) {
        all.add(new Candidate(name.split("@")[0], name.split("@")[1]));
      }
      return all;
    }
  }
}
