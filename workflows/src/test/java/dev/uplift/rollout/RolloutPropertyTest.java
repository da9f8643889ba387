package dev.uplift.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.rollout.Decision.Next;
import dev.uplift.rollout.Situation.Candidate;
import dev.uplift.rollout.Situation.Trouble;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Whatever ends in whatever order, and whatever a person does meanwhile. */
class RolloutPropertyTest {
  private static final int TURNS = 2_000;

  @Property
  void noLimitIsExceededNobodyIsStartedTwiceAndItEnds(
      @ForAll @IntRange(min = 1, max = 40) int tenants,
      @ForAll @IntRange(min = 1, max = 6) int atOnce,
      @ForAll @IntRange(min = 1, max = 4) int perHost,
      @ForAll @IntRange(min = 1, max = 5) int hosts,
      @ForAll @IntRange(min = 0, max = 100) int percent,
      @ForAll @IntRange(min = 1, max = 50) int startsOfARun,
      @ForAll long seed) {
    Random random = new Random(seed);
    Limits limits = new Limits(atOnce, perHost, new FailureLimit(percent, true), true);
    List<Candidate> waiting = new ArrayList<>();
    for (int i = 0; i < tenants; i++) {
      waiting.add(new Candidate("t" + i, "h" + random.nextInt(hosts)));
    }
    Map<String, String> running = new TreeMap<>();
    List<Candidate> busy = new ArrayList<>();
    List<Trouble> troubles = new ArrayList<>();
    Set<String> done = new HashSet<>();
    int busyTries = 2;
    int startedByRun = 0;
    boolean paused = false;
    boolean aborted = false;

    Decision decision = null;
    for (int turn = 0; turn < TURNS; turn++) {
      decision =
          RolloutDecider.decide(
              new Situation(
                  limits,
                  tenants,
                  0,
                  waiting,
                  running,
                  busy,
                  busyTries,
                  troubles,
                  startedByRun >= startsOfARun,
                  paused,
                  aborted));
      for (Candidate one : decision.start()) {
        assertThat(waiting.remove(one)).as("%s was waiting", one).isTrue();
        assertThat(done).doesNotContain(one.tenant());
        assertThat(running.put(one.tenant(), one.host())).as("%s runs once", one).isNull();
        startedByRun++;
      }
      assertThat(running.size()).isLessThanOrEqualTo(atOnce);
      running.values().stream()
          .distinct()
          .forEach(
              host ->
                  assertThat(Collections.frequency(running.values(), host))
                      .isLessThanOrEqualTo(perHost));
      long unseenFailures =
          troubles.stream().filter(t -> !t.acknowledged() && t.outcome().isFailure()).count();
      if (unseenFailures > (long) tenants * percent / 100) {
        assertThat(decision.start()).as("nobody is started above the limit").isEmpty();
      }
      if (decision.next() == Next.END || decision.next() == Next.END_WAVE) {
        break;
      }
      if (decision.next() == Next.CARRY_ON) {
        assertThat(running).as("nobody is under way between two runs").isEmpty();
        startedByRun = 0;
        continue;
      }
      if (decision.next() == Next.TRY_BUSY_AGAIN) {
        waiting.addAll(busy);
        busy.clear();
        busyTries--;
        continue;
      }
      boolean onlyAPersonCanGoOn = running.isEmpty() && (paused || decision.halt() != null);
      switch (onlyAPersonCanGoOn ? 8 : random.nextInt(12)) {
        case 8 -> {
          paused = false;
          troubles.replaceAll(
              t -> new Trouble(t.tenant(), t.outcome(), t.signature(), t.gated(), true));
        }
        case 9 -> paused = random.nextInt(4) == 0;
        case 10 -> aborted = random.nextInt(40) == 0 || aborted;
        default -> endOne(random, running, busy, troubles, done);
      }
    }

    assertThat(decision.next()).isIn(Next.END, Next.END_WAVE);
    assertThat(running).isEmpty();
    if (!aborted) {
      assertThat(done.size() + busy.size()).isEqualTo(tenants);
    }
  }

  private static void endOne(
      Random random,
      Map<String, String> running,
      List<Candidate> busy,
      List<Trouble> troubles,
      Set<String> done) {
    if (running.isEmpty()) {
      return;
    }
    String tenant = new ArrayList<>(running.keySet()).get(random.nextInt(running.size()));
    String host = running.remove(tenant);
    List<Outcome> outcomes = new ArrayList<>(Arrays.asList(Outcome.values()));
    Outcome outcome =
        random.nextInt(3) > 0 ? Outcome.SUCCESS : outcomes.get(random.nextInt(outcomes.size()));
    if (outcome.mayPass()) {
      busy.add(new Candidate(tenant, host));
      return;
    }
    done.add(tenant);
    if (!outcome.isReached()) {
      troubles.add(new Trouble(tenant, outcome, null, false, false));
    }
  }
}
