package dev.uplift.rollout;

import dev.uplift.engine.TaskQueues;
import dev.uplift.rollout.Decision.Halt;
import dev.uplift.rollout.RolloutDesk.Admitted;
import dev.uplift.rollout.RolloutDesk.CancelOrder;
import dev.uplift.rollout.RolloutDesk.Planned;
import dev.uplift.rollout.RolloutDesk.Rehearsed;
import dev.uplift.rollout.RolloutDesk.TenantOutcome;
import dev.uplift.rollout.RolloutDesk.Ticket;
import dev.uplift.rollout.Situation.Candidate;
import dev.uplift.upgrade.RehearsalReport;
import dev.uplift.upgrade.RehearsalWorkflow;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.upgrade.UpgradeWorkflow;
import io.temporal.activity.ActivityOptions;
import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.common.RetryOptions;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What happens in a rollout, top to bottom. What is decided, the {@link RolloutDecider} decides.
 */
public class RolloutWorkflowImpl implements RolloutWorkflow {
  private static final int BUSY_TRIES = 5;
  private static final Duration UNTIL_BUSY_ARE_TRIED = Duration.ofSeconds(20);
  private static final Duration STALLED_ARE_LOOKED_FOR_EVERY = Duration.ofMinutes(1);
  private static final Duration PROBED_EVERY = Duration.ofSeconds(30);
  private static final int PROBES_OF_A_BAKE = 20;

  /** So that their profiles stay far below what the engine takes in one message. */
  private static final int ADMITTED_AT_ONCE = 20;

  private final RolloutOrder order;
  private final RolloutDesk desk = desk(TaskQueues.API, Duration.ofSeconds(30));
  private final RolloutDesk patientDesk = desk(TaskQueues.API_ASKING_HOSTS, Duration.ofMinutes(15));

  private final List<Candidate> waiting = new ArrayList<>();
  private final Map<String, String> running = new LinkedHashMap<>();
  private final Map<String, UUID> upgrades = new LinkedHashMap<>();
  private final Map<String, CancellationScope> rehearsals = new LinkedHashMap<>();
  private final List<Candidate> busy = new ArrayList<>();
  private final List<Rehearsed> unrecordedRehearsals = new ArrayList<>();
  private final List<TenantOutcome> unrecorded = new ArrayList<>();
  private int wave;
  private int listed;
  private int started;
  private int busyTries = BUSY_TRIES;
  private Tally tally = Tally.NONE;

  private long changes;
  private long nextLookMillis;
  private RolloutStatus recorded;
  private boolean paused;
  private boolean aborted;
  private CancelOrder cancelOrder;
  private boolean baking;
  private boolean awaitsApproval;
  private Halt halt;
  private RolloutStatus endedAs;

  @WorkflowInit
  public RolloutWorkflowImpl(RolloutOrder order, Carried carried) {
    this.order = order;
    this.wave = order.rehearsal() == RehearsalMode.NONE ? 0 : RolloutDesk.ALL_WAVES;
    if (carried != null) {
      wave = carried.wave();
      listed = carried.listed();
      waiting.addAll(carried.waiting());
      busy.addAll(carried.busy());
      busyTries = carried.busyTries();
      tally = carried.tally();
      paused = carried.paused();
    }
  }

  private static RolloutDesk desk(String queue, Duration answersWithin) {
    return Workflow.newActivityStub(
        RolloutDesk.class,
        ActivityOptions.newBuilder()
            .setTaskQueue(queue)
            .setStartToCloseTimeout(answersWithin)
            // For as long as the API is away: nothing is begun of which nobody knows.
            .setRetryOptions(
                RetryOptions.newBuilder().setMaximumInterval(Duration.ofSeconds(10)).build())
            .build());
  }

  @Override
  public RolloutProgress rollOut(RolloutOrder sameOrder, Carried carried) {
    nextLookMillis = Workflow.currentTimeMillis() + STALLED_ARE_LOOKED_FOR_EVERY.toMillis();
    if (isRehearsing()) {
      takeThrough(order.rehearsalWave());
      passRehearsal();
      goToNextWave();
    }
    while (order.rehearsal().upgrades() && wave < order.waves().size() && !aborted) {
      Wave current = order.waves().get(wave);
      takeThrough(current);
      passGate(current);
      goToNextWave();
    }
    finish();
    return progress();
  }

  private void goToNextWave() {
    wave++;
    listed = 0;
    busyTries = BUSY_TRIES;
    tally = tally.ofNextWave();
  }

  private void takeThrough(Wave current) {
    while (true) {
      takeOn(current);
      long looked = changes;
      Decision decision = RolloutDecider.decide(situation());
      haltAs(decision);
      start(decision.start().stream().limit(ADMITTED_AT_ONCE).toList());
      writeDown();
      if (!decision.start().isEmpty()) {
        continue;
      }
      switch (decision.next()) {
        case WAIT -> awaitChangeSince(looked);
        case TRY_BUSY_AGAIN -> tryBusyAgain();
        case CARRY_ON -> carryOn();
        case END, END_WAVE -> {
          return;
        }
      }
    }
  }

  /** Whoever is told of a halt finds what made it. */
  private void haltAs(Decision decision) {
    if (decision.halt() != null) {
      recordOutcomes();
    }
    halt = decision.halt();
  }

  /** Has a page of tenants at hand, while this run may start any. */
  private void takeOn(Wave current) {
    if (waiting.isEmpty() && listed < current.tenants() && !isFull() && !aborted) {
      int atMost = TENANTS_OF_A_RUN - started;
      for (Planned one : desk.listTenants(order.id(), wave, listed, atMost)) {
        waiting.add(new Candidate(one.tenant(), one.host()));
        listed++;
      }
    }
  }

  private boolean isRehearsing() {
    return wave == RolloutDesk.ALL_WAVES;
  }

  private Wave currentWave() {
    return isRehearsing() ? order.rehearsalWave() : order.waves().get(wave);
  }

  private boolean isFull() {
    return started >= TENANTS_OF_A_RUN || Workflow.getInfo().isContinueAsNewSuggested();
  }

  private Situation situation() {
    return new Situation(
        isRehearsing() ? order.limits().neverHalting() : order.limits(),
        order.tenants(),
        currentWave().tenants() - listed,
        waiting,
        running,
        busy,
        busyTries,
        tally.troubles(),
        isFull(),
        paused,
        aborted);
  }

  private void start(List<Candidate> candidates) {
    if (candidates.isEmpty()) {
      return;
    }
    Map<String, Candidate> byName = new LinkedHashMap<>();
    candidates.forEach(one -> byName.put(one.tenant(), one));
    waiting.removeAll(candidates);
    started += candidates.size();
    candidates.forEach(one -> running.put(one.tenant(), one.host()));
    List<Ticket> tickets =
        candidates.stream().map(one -> new Ticket(one.tenant(), Workflow.randomUUID())).toList();
    List<Admitted> answers =
        isRehearsing()
            ? desk.planRehearsals(order.id(), tickets)
            : desk.admitTenants(order.id(), tickets);
    if (!mayStart()) {
      putBack(candidates, answers);
      return;
    }
    for (Admitted admitted : answers) {
      Candidate one = byName.get(admitted.tenant());
      if (admitted.plan() == null) {
        tenantEnded(
            one, null, new TenantEnd(admitted.outcome(), null, admitted.message(), null), null);
      } else if (isRehearsing()) {
        rehearse(one, admitted.plan());
      } else {
        upgrade(one, admitted.plan());
      }
    }
  }

  /** The desk may have taken long to answer: by then a person may want nothing to be started. */
  private boolean mayStart() {
    return !aborted && !paused && RolloutDecider.decide(situation()).halt() == null;
  }

  private void putBack(List<Candidate> candidates, List<Admitted> answers) {
    changes++;
    candidates.forEach(one -> running.remove(one.tenant()));
    started -= candidates.size();
    waiting.addAll(0, candidates);
    List<Ticket> admitted =
        answers.stream()
            .filter(answer -> answer.plan() != null)
            .map(answer -> new Ticket(answer.tenant(), answer.plan().upgradeId()))
            .toList();
    if (!isRehearsing() && !admitted.isEmpty()) {
      desk.withdrawUpgrades(order.id(), admitted);
    }
  }

  // Detached, and abandoned by its parent: nothing that happens to a rollout stops an upgrade that
  // may be in its cutover.
  private void upgrade(Candidate one, UpgradePlan plan) {
    int ofWave = wave;
    upgrades.put(one.tenant(), plan.upgradeId());
    Workflow.newDetachedCancellationScope(
            () -> {
              UpgradeWorkflow upgrade =
                  Workflow.newChildWorkflowStub(
                      UpgradeWorkflow.class,
                      options(plan)
                          .setMemo(Map.of(UpgradeWorkflow.ID_MEMO, plan.upgradeId().toString()))
                          .build());
              Async.function(upgrade::upgrade, plan)
                  .handle(
                      (report, failure) -> {
                        TenantEnd end = TenantEnd.of(report, failure);
                        if (upgrades.remove(one.tenant(), plan.upgradeId())) {
                          tenantEnded(one, plan.upgradeId(), end, null);
                        } else {
                          stalledEnded(one.tenant(), plan.upgradeId(), end, ofWave);
                        }
                        return null;
                      });
            })
        .run();
  }

  private void rehearse(Candidate one, UpgradePlan plan) {
    CancellationScope scope =
        Workflow.newDetachedCancellationScope(
            () -> {
              RehearsalWorkflow rehearsal =
                  Workflow.newChildWorkflowStub(RehearsalWorkflow.class, options(plan).build());
              Async.function(rehearsal::rehearse, plan, order.rehearsal().migrates())
                  .handle(
                      (report, failure) -> {
                        rehearsals.remove(one.tenant());
                        tenantEnded(one, null, TenantEnd.ofRehearsal(report, failure), report);
                        return null;
                      });
            });
    rehearsals.put(one.tenant(), scope);
    scope.run();
  }

  private ChildWorkflowOptions.Builder options(UpgradePlan plan) {
    return ChildWorkflowOptions.newBuilder()
        .setWorkflowId(UpgradeWorkflow.idFor(plan.tenant().id()))
        .setTaskQueue(TaskQueues.WORKFLOWS)
        .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON)
        .setWorkflowIdReusePolicy(WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
        .setStaticSummary(plan.tenant().id() + " to " + order.target());
  }

  private void tenantEnded(Candidate one, UUID upgradeId, TenantEnd end, RehearsalReport found) {
    changes++;
    running.remove(one.tenant());
    if (isRehearsing()) {
      unrecordedRehearsals.add(new Rehearsed(one.tenant(), end.outcome(), end.message(), found));
    } else {
      unrecorded.add(
          new TenantOutcome(
              one.tenant(), end.outcome(), upgradeId, end.message(), end.downtimeMillis()));
    }
    if (isTriedAgain(end.outcome())) {
      busy.add(one);
      return;
    }
    if (isRehearsing()) {
      tally = tally.withRehearsal(one.tenant(), end.outcome());
    } else {
      tally = tally.withEnd(one.tenant(), end, currentWave().gate(), order);
    }
  }

  /** A dry run tells what is so now. Whoever is busy is so for a moment, a host may be for days. */
  private boolean isTriedAgain(Outcome outcome) {
    boolean may = order.rehearsal().upgrades() ? outcome.mayPass() : outcome == Outcome.BUSY;
    return may && busyTries > 0;
  }

  private void stalledEnded(String tenant, UUID upgradeId, TenantEnd end, int ofWave) {
    changes++;
    unrecorded.add(
        new TenantOutcome(tenant, end.outcome(), upgradeId, end.message(), end.downtimeMillis()));
    tally = tally.withEndOfStalled(tenant, end, ofWave == wave, halt != null);
  }

  private void awaitChangeSince(long looked) {
    cancelWhatRuns();
    if (upgrades.isEmpty()) {
      Workflow.await(() -> changes != looked);
      return;
    }
    // However much the others get done meanwhile.
    Duration untilLook = Duration.ofMillis(nextLookMillis - Workflow.currentTimeMillis());
    if (untilLook.isNegative()
        || untilLook.isZero()
        || !Workflow.await(untilLook, () -> changes != looked)) {
      giveUpWaitingForSilentHosts();
      nextLookMillis = Workflow.currentTimeMillis() + STALLED_ARE_LOOKED_FOR_EVERY.toMillis();
    }
  }

  /** Also what is stalled, for which the rollout does not wait. */
  private void cancelWhatRuns() {
    if (cancelOrder != null) {
      List.copyOf(rehearsals.values()).forEach(CancellationScope::cancel);
    }
    if (cancelOrder != null
        && (!upgrades.isEmpty() || tally.counts().containsKey(Outcome.STALLED))) {
      recordOutcomes(); // what was refused is not under way
      CancelOrder now = cancelOrder;
      cancelOrder = null;
      patientDesk.cancelUpgrades(order.id(), underWay(), now);
    }
  }

  private List<Ticket> underWay() {
    return upgrades.entrySet().stream()
        .map(one -> new Ticket(one.getKey(), one.getValue()))
        .toList();
  }

  /** Their upgrades go on when their hosts are back, without a rollout that waits for them. */
  private void giveUpWaitingForSilentHosts() {
    for (TenantOutcome stalled : desk.findStalled(order.id(), underWay())) {
      if (upgrades.remove(stalled.tenant(), stalled.upgradeId())) {
        tenantEnded(
            new Candidate(stalled.tenant(), running.get(stalled.tenant())),
            stalled.upgradeId(),
            new TenantEnd(Outcome.STALLED, null, stalled.message(), null),
            null);
      }
    }
  }

  private void tryBusyAgain() {
    await(UNTIL_BUSY_ARE_TRIED, () -> aborted);
    busyTries--;
    waiting.addAll(busy);
    busy.clear();
  }

  /** The history of a run must not grow without end: another one goes on from here. */
  private void carryOn() {
    Workflow.await(Workflow::isEveryHandlerFinished);
    // The desk may have taken long to write down: by then a person may want it to end.
    if (aborted) {
      return;
    }
    Workflow.newContinueAsNewStub(RolloutWorkflow.class)
        .rollOut(order, new Carried(wave, listed, waiting, busy, busyTries, tally, paused));
  }

  private void passRehearsal() {
    if (!aborted) {
      awaitResumeOf(RolloutDecider.afterRehearsal(order, tally.rehearsed(), tally.refused()));
    }
  }

  private void awaitResumeOf(Optional<Halt> halted) {
    if (halted.isPresent()) {
      halt = halted.get();
      await(() -> halt == null || aborted);
    }
  }

  private void passGate(Wave done) {
    requireProof(done);
    if (!done.bake().isZero()) {
      baking = true;
      bake(done.bake());
      baking = false;
      requireProof(done);
    }
    boolean isLast = wave + 1 == order.waves().size();
    if (done.approval() && !isLast && !aborted) {
      awaitsApproval = true;
      await(() -> !awaitsApproval || aborted);
    }
  }

  private void requireProof(Wave done) {
    if (!aborted) {
      awaitResumeOf(RolloutDecider.atGate(done, tally.reached(), tally.knows(done), order));
    }
  }

  /** Upgraded tenants are looked at again and again; too many that fail late halt the rollout. */
  private void bake(Duration bake) {
    Duration every = bake.dividedBy(PROBES_OF_A_BAKE);
    every = every.compareTo(PROBED_EVERY) < 0 ? PROBED_EVERY : every;
    Duration left = bake;
    while (left.compareTo(Duration.ZERO) > 0 && !aborted) {
      long beganMillis = Workflow.currentTimeMillis();
      await(left.compareTo(every) < 0 ? left : every, () -> aborted);
      if (!aborted) {
        probe();
        left = left.minusMillis(Workflow.currentTimeMillis() - beganMillis);
        haltAs(RolloutDecider.decide(situation()));
        await(() -> halt == null || aborted);
      }
    }
  }

  /** A host may take minutes to answer, for which nobody who aborts has to wait. */
  private void probe() {
    Promise<List<TenantOutcome>> ill =
        Async.function(patientDesk::probeWave, order.id(), wave)
            .handle(
                (late, failure) -> {
                  changes++;
                  return failure == null ? late : List.of();
                });
    await(() -> ill.isCompleted() || aborted);
    if (ill.isCompleted()) {
      ill.get().forEach(this::failedLate);
    }
  }

  private void failedLate(TenantOutcome late) {
    unrecorded.add(late);
    tally = tally.withFailedLate(late.tenant(), currentWave().gate(), order.limits());
  }

  /** Whatever a person says meanwhile is written down at once. */
  private void await(Supplier<Boolean> until) {
    long written = writeDown();
    while (!until.get()) {
      long before = written;
      Workflow.await(() -> changes != before);
      written = writeDown();
    }
  }

  private void await(Duration atMost, Supplier<Boolean> until) {
    long endMillis = Workflow.currentTimeMillis() + atMost.toMillis();
    long written = writeDown();
    while (!until.get() && Workflow.currentTimeMillis() < endMillis) {
      long before = written;
      Workflow.await(
          Duration.ofMillis(endMillis - Workflow.currentTimeMillis()), () -> changes != before);
      written = writeDown();
    }
  }

  private void finish() {
    cancelWhatRuns();
    endedAs = aborted ? RolloutStatus.ABORTED : outcome();
    halt = null;
    writeDown();
    Workflow.await(Workflow::isEveryHandlerFinished);
  }

  private RolloutStatus outcome() {
    int passed =
        RolloutDecider.passed(order.rehearsal().upgrades() ? tally.counts() : tally.rehearsed());
    return passed == order.tenants() ? RolloutStatus.SUCCESS : RolloutStatus.PARTIAL;
  }

  /**
   * Tells the desk what has come of tenants, and the state if it is another one.
   *
   * @return the last change that is surely written down: the desk may take long, and more happen
   */
  private long writeDown() {
    long written = changes;
    if (!unrecordedRehearsals.isEmpty()) {
      List<Rehearsed> now = List.copyOf(unrecordedRehearsals);
      unrecordedRehearsals.clear();
      desk.recordRehearsals(order.id(), now);
    }
    recordOutcomes();
    RolloutStatus status = status();
    if (status != recorded) {
      recorded = status;
      desk.recordRollout(progress());
    }
    return written;
  }

  private void recordOutcomes() {
    if (!unrecorded.isEmpty()) {
      List<TenantOutcome> now = List.copyOf(unrecorded);
      unrecorded.clear();
      desk.recordOutcomes(order.id(), now);
    }
  }

  private RolloutStatus status() {
    if (endedAs != null) {
      return endedAs;
    }
    if (aborted) {
      return RolloutStatus.ABORTING;
    }
    if (halt != null) {
      return RolloutStatus.HALTED;
    }
    if (paused) {
      return RolloutStatus.PAUSED;
    }
    if (awaitsApproval) {
      return RolloutStatus.WAITING_FOR_APPROVAL;
    }
    if (isRehearsing()) {
      return RolloutStatus.REHEARSING;
    }
    return baking ? RolloutStatus.BAKING : RolloutStatus.RUNNING;
  }

  @Override
  public void pause(String reason) {
    paused = true;
    changes++;
  }

  @Override
  public void validatePause(String reason) {
    requireGoingOn();
    refuseIf(paused, "The rollout is paused already.");
    refuseIf(halt != null, "The rollout has halted: it starts nothing until it is resumed.");
  }

  @Override
  public void resume(String reason) {
    paused = false;
    if (halt != null) {
      halt = null;
      tally = tally.asSeen();
    }
    changes++;
  }

  @Override
  public void validateResume(String reason) {
    requireGoingOn();
    refuseIf(!paused && halt == null, "The rollout is neither paused nor halted.");
  }

  @Override
  public void approve(String reason) {
    awaitsApproval = false;
    changes++;
  }

  @Override
  public void validateApprove(String reason) {
    requireGoingOn();
    refuseIf(!awaitsApproval, "No wave of the rollout waits for an approval.");
  }

  @Override
  public void abort(CancelOrder cancel) {
    aborted = true;
    cancelOrder = cancel;
    changes++;
  }

  @Override
  public void validateAbort(CancelOrder cancel) {
    refuseIf(endedAs != null, "The rollout is over.");
    refuseIf(aborted && cancel == null, "The rollout was aborted.");
  }

  private void requireGoingOn() {
    refuseIf(endedAs != null, "The rollout is over.");
    refuseIf(aborted, "The rollout was aborted.");
  }

  private static void refuseIf(boolean wrong, String why) {
    if (wrong) {
      throw ApplicationFailure.newNonRetryableFailure(why, NOT_NOW);
    }
  }

  @Override
  public RolloutProgress progress() {
    return new RolloutProgress(
        order.id(),
        status(),
        Math.min(wave + 1, order.waves().size()),
        order.waves().size(),
        order.tenants(),
        tally.rehearsed(),
        tally.counts(),
        List.copyOf(running.keySet()),
        tally.troublesTold(),
        tally.moreTroubles(),
        halt);
  }
}
