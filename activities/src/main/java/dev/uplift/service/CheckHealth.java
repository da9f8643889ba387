package dev.uplift.service;

import dev.uplift.health.DowntimeMeter;
import dev.uplift.health.HealthChecks;
import dev.uplift.health.HealthVerdict;
import dev.uplift.health.HealthWindow;
import dev.uplift.health.HealthWindow.Decision;
import dev.uplift.health.Probe;
import dev.uplift.host.HostStep;
import dev.uplift.host.Redaction;
import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepContext;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.HealthCheck;
import dev.uplift.profile.Timeouts;
import dev.uplift.release.Tag;
import dev.uplift.upgrade.Direction;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import dev.uplift.upgrade.StepResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes every check again and again until all have held over the window, answered by the processes
 * that were started. A tenant that was not healthy before the upgrade only has to run again when it
 * is put back.
 *
 * <p>A new release that dies has failed. The old one, which is put back, is started again until its
 * deadline: whatever it waits for may be there later, and nothing is left to turn to.
 */
public final class CheckHealth implements HostStep {
  private static final Logger log = LoggerFactory.getLogger(CheckHealth.class);
  private static final int EVIDENCE_BYTES = 8 * 1024;
  private static final int TRANSCRIPT_BYTES = 2 * 1024;
  private static final int LONG_TRANSCRIPT_BYTES = 64 * 1024;
  private final ServiceManager services;
  private final Probe probe;
  private final DowntimeMeter meter;

  public CheckHealth(ServiceManager services, Probe probe, DowntimeMeter meter) {
    this.services = services;
    this.probe = probe;
    this.meter = meter;
  }

  @Override
  public StepResult run(StepInput input, StepContext context) {
    UUID upgradeId = input.plan().upgradeId();
    boolean onlyRunning = input.direction() == Direction.BACK && !input.from().healthy();
    List<HealthCheck> checks =
        onlyRunning
            ? List.of()
            : HealthChecks.filled(input.plan().tenant(), StartServices.profile(input));
    Timeouts timeouts = StartServices.profile(input).timeouts();
    try (HealthChecks rounds =
        new HealthChecks(probe, checks, timeouts.probe(), expectedVersion(input))) {
      Watch watch = new Watch(input, context, rounds, timeouts);
      try {
        return watch.untilDecided();
      } finally {
        watch.tellAll();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepCancelled("interrupted");
    } finally {
      meter.end(upgradeId);
    }
  }

  private static String expectedVersion(StepInput input) {
    Tag tag = input.direction() == Direction.FORWARD ? input.to().tag() : input.from().tag();
    return tag == null ? null : tag.name();
  }

  /** One run of this step. */
  private final class Watch {
    private final StepInput input;
    private final StepContext context;
    private final HealthChecks checks;
    private final Timeouts timeouts;
    private final List<UnitName> units;
    private final Map<UnitName, String> incarnations = new HashMap<>();
    private final Set<UnitName> startedAgain = new HashSet<>();
    private final Transcript transcript = new Transcript(TRANSCRIPT_BYTES);
    private final Transcript longTranscript = new Transcript(LONG_TRANSCRIPT_BYTES);
    private final Recovery recovery;
    private final Instant begun = Instant.now();
    private final long begunNanos = System.nanoTime();
    private final Instant startedAt;
    private final Instant deadline;

    Watch(StepInput input, StepContext context, HealthChecks checks, Timeouts timeouts) {
      this.input = input;
      this.context = context;
      this.checks = checks;
      this.timeouts = timeouts;
      this.units = StartServices.unitsToStart(input, context.notes());
      // A start in the future is that of a clock which was set back since: a release that is not
      // healthy must not be waited for until then.
      this.startedAt =
          StartServices.startedAt(input.direction(), context.notes())
              .filter(started -> started.isBefore(begun))
              .orElse(begun);
      this.deadline = deadline();
      this.recovery = new Recovery();
      for (UnitName unit : units) {
        StartServices.incarnation(input.direction(), unit, context.notes())
            .ifPresent(incarnation -> incarnations.put(unit, incarnation));
      }
    }

    StepResult untilDecided() throws InterruptedException {
      HealthWindow window = newWindow();
      StepFailure toTell = null;
      while (true) {
        context.cancellation().check();
        List<HealthChecks.Result> results = checks.round();
        List<UnitName> dead = new ArrayList<>();
        List<String> deaths;
        try {
          deaths = deaths(dead);
        } catch (StepFailure unanswered) {
          if (!mayTryAgain()) {
            throw unanswered;
          }
          log.warn("{}: {}", input.plan().tenant().id(), Redaction.of(unanswered.getMessage()));
          context.cancellation().pause(StartServices.PAUSE);
          window = newWindow();
          continue;
        }
        Instant now = now();
        recovery.see(results, meter.firstGood(input.plan().upgradeId()));
        List<HealthVerdict> verdicts = results.stream().map(HealthChecks.Result::verdict).toList();
        transcript.add(Duration.between(begun, now), verdicts, deaths);
        longTranscript.add(Duration.between(begun, now), verdicts, deaths);

        Decision decision = window.observe(new HealthWindow.Observation(now, verdicts, deaths));
        if (decision instanceof Decision.Failed failed) {
          // Of one that is being started again when the time is over, its latest death tells more.
          if (toTell == null || !dead.isEmpty()) {
            toTell = failure(failed, dead);
          }
          boolean last = dead.isEmpty() || !mayTryAgain();
          startAgain(dead);
          if (last) {
            throw toTell;
          }
          window = newWindow();
        }
        if (decision instanceof Decision.Healthy) {
          return healthy(results);
        }
        Thread.sleep(timeouts.healthInterval().toMillis());
      }
    }

    void tellAll() {
      String name = input.direction() == Direction.FORWARD ? "health/forward" : "health/back";
      context.evidence().keep(name, longTranscript + "\n");
    }

    private HealthWindow newWindow() {
      return new HealthWindow(timeouts.healthWindow(), longestPause(), deadline);
    }

    private boolean mayTryAgain() {
      return input.direction() == Direction.BACK && now().isBefore(deadline);
    }

    /**
     * Also when the time is over: then a person is called, and until he comes the old release may
     * as well come up.
     */
    private void startAgain(List<UnitName> dead) {
      if (input.direction() == Direction.FORWARD) {
        return;
      }
      if (!dead.isEmpty()) {
        context.cancellation().pause(StartServices.PAUSE);
      }
      for (UnitName unit : dead) {
        log.warn("{}: {} died and is started again", input.plan().tenant().id(), unit);
        incarnations.remove(unit);
        startedAgain.add(unit);
        try {
          services.start(unit, timeouts.healthDeadline(), context.cancellation());
        } catch (StepFailure refused) {
          // The next round finds it dead.
          log.warn("{}: {}", input.plan().tenant().id(), Redaction.of(refused.getMessage()));
        }
      }
    }

    // Not the wall clock, which may step.
    private Instant now() {
      return begun.plusNanos(System.nanoTime() - begunNanos);
    }

    // A worker that comes back late still gives the services one window.
    private Instant deadline() {
      Instant planned = startedAt.plus(timeouts.healthDeadline());
      Instant earliest = begun.plus(timeouts.healthWindow()).plus(longestPause());
      boolean late = begun.isAfter(startedAt.plus(timeouts.healthDeadline().dividedBy(2)));
      return late && earliest.isAfter(planned) ? earliest : planned;
    }

    private Duration longestPause() {
      return timeouts.healthInterval().plus(timeouts.probe()).plusSeconds(1);
    }

    private List<String> deaths(List<UnitName> dead) {
      List<String> deaths = new ArrayList<>();
      for (UnitName unit : units) {
        ServiceManager.ServiceState state = services.state(unit);
        if (!state.running()) {
          dead.add(unit);
          deaths.add(death(unit, state));
          continue;
        }
        String expected = incarnations.putIfAbsent(unit, state.incarnation());
        if (expected != null && !expected.equals(state.incarnation())) {
          dead.add(unit);
          startedAgain.add(unit);
          deaths.add(unit + " died and was started again");
        }
      }
      return deaths;
    }

    private String death(UnitName unit, ServiceManager.ServiceState state) {
      List<String> known = new ArrayList<>();
      if (state.ending() != null) {
        known.add(state.ending());
      }
      if (state.restarts() > 0) {
        startedAgain.add(unit);
        known.add(
            "started again " + state.restarts() + (state.restarts() > 1 ? " times" : " time"));
      }
      return unit + " died" + (known.isEmpty() ? "" : " (" + String.join(", ", known) + ")");
    }

    private StepResult healthy(List<HealthChecks.Result> results) {
      Optional<Instant> lastGood = LastGood.in(context.notes().get(StopServices.LAST_GOOD));
      Long downtime = DowntimeMeter.downtimeMillis(lastGood, recovery.firstGood.values());
      return StepResult.of("Health check passed")
          .withOutput(transcript.toString())
          .withWarnings(warnings(results))
          .withFacts(StepResult.Facts.downtime(downtime));
    }

    private List<String> warnings(List<HealthChecks.Result> results) {
      List<String> unnamed =
          results.stream()
              .filter(result -> !result.verdict().namesRelease())
              .map(result -> result.check().url())
              .toList();
      return unnamed.isEmpty()
          ? List.of()
          : List.of(
              "Not known which release answers at "
                  + String.join(", ", unnamed)
                  + ": the answer is not JSON with a version.");
    }

    private StepFailure failure(Decision.Failed failed, List<UnitName> dead) {
      List<UnitName> suspects = dead.isEmpty() ? units : dead;
      StringBuilder logs = new StringBuilder();
      List<Diagnosis> diagnoses = new ArrayList<>();
      FailureKind seen = kindOf(failed, dead);
      int bytesEach = (EVIDENCE_BYTES - TRANSCRIPT_BYTES) / Math.max(1, suspects.size());
      for (UnitName unit : suspects) {
        String logged = services.logSince(unit, startedAt, bytesEach);
        logs.append("\n--- log of ").append(unit).append('\n').append(logged);
        diagnoses.add(Diagnosis.of(seen, logged));
      }
      // A log explains a death. Of services that live it is believed only where it names a known
      // cause, and not if they answer as another release: then nothing was fatal.
      boolean logCounts = !dead.isEmpty() || !transcript.sawWrongRelease();
      Optional<Diagnosis> explained =
          logCounts
              ? diagnoses.stream().filter(own -> own.kind() != seen).findFirst()
              : Optional.empty();
      if (explained.isEmpty() && !dead.isEmpty()) {
        explained = Optional.of(diagnoses.get(0));
      }
      FailureKind kind = explained.map(Diagnosis::kind).orElse(seen);
      String line = explained.map(Diagnosis::line).map(text -> ": " + text).orElse(".");
      return new StepFailure(
          kind,
          failed.message() + line,
          transcript + "\n" + logs,
          explained.map(Diagnosis::advice).orElseGet(() -> Diagnosis.advice(kind)));
    }

    /** A service that is started again and again loops, even if it was never healthy. */
    private FailureKind kindOf(Decision.Failed failed, List<UnitName> dead) {
      boolean loops = dead.stream().anyMatch(startedAgain::contains);
      return loops && failed.kind() == FailureKind.START_FAILED
          ? FailureKind.CRASH_LOOP
          : failed.kind();
    }
  }

  /** When each check was first good, of the latest time that it became good. */
  private static final class Recovery {
    private final Map<Integer, Instant> firstGood = new HashMap<>();
    private final Map<Integer, Instant> lastBad = new HashMap<>();

    /**
     * @param watched what a closer watch saw before; empty if there was none
     */
    void see(List<HealthChecks.Result> results, List<Optional<Instant>> watched) {
      for (int i = 0; i < results.size(); i++) {
        Instant at = results.get(i).answer().at();
        if (!results.get(i).verdict().isOk()) {
          firstGood.remove(i);
          lastBad.put(i, at);
          continue;
        }
        Instant bad = lastBad.getOrDefault(i, Instant.MIN);
        Optional<Instant> closer = i < watched.size() ? watched.get(i) : Optional.empty();
        firstGood.putIfAbsent(
            i, closer.filter(seen -> seen.isAfter(bad) && seen.isBefore(at)).orElse(at));
      }
    }
  }
}
