package dev.uplift.rollout;

import dev.uplift.engine.TaskQueues;
import dev.uplift.rollout.Decision.Halt;
import dev.uplift.rollout.RolloutDesk.Admitted;
import dev.uplift.rollout.RolloutDesk.Planned;
import dev.uplift.rollout.RolloutDesk.TenantOutcome;
import dev.uplift.rollout.RolloutDesk.Ticket;
import dev.uplift.rollout.Situation.Candidate;
import dev.uplift.rollout.Situation.Trouble;
import dev.uplift.upgrade.UpgradePlan;
import dev.uplift.upgrade.UpgradeWorkflow;
import io.temporal.activity.ActivityOptions;
import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.common.RetryOptions;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What happens in a rollout, top to bottom. What is decided, the {@link RolloutDecider} decides.
 */
public class RolloutWorkflowImpl implements RolloutWorkflow {
  /** A run starts no more upgrades than this; the next one carries on. */
  private static final int TENANTS_OF_A_RUN = 200;

  private static final int BUSY_TRIES = 5;
  private static final Duration UNTIL_BUSY_ARE_TRIED = Duration.ofSeconds(20);
  private static final int TROUBLES_TOLD = 50;

  private final RolloutOrder order;
  private final RolloutDesk desk =
      Workflow.newActivityStub(
          RolloutDesk.class,
          ActivityOptions.newBuilder()
              .setTaskQueue(TaskQueues.API)
              .setStartToCloseTimeout(Duration.ofSeconds(30))
              // For as long as the API is away: nothing is begun of which nobody knows.
              .setRetryOptions(
                  RetryOptions.newBuilder().setMaximumInterval(Duration.ofSeconds(10)).build())
              .build());

  private final Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
  private final List<Trouble> troubles = new ArrayList<>();
  private final List<Candidate> waiting = new ArrayList<>();
  private final Map<String, String> running = new LinkedHashMap<>();
  private final List<Candidate> busy = new ArrayList<>();
  private final List<TenantOutcome> unrecorded = new ArrayList<>();
  private int wave;
  private int listed;
  private int started;
  private int busyTries = BUSY_TRIES;
  private long changes;
  private RolloutStatus recorded;
  private boolean paused;
  private boolean aborted;
  private boolean baking;
  private boolean awaitsApproval;
  private Halt halt;
  private RolloutStatus ended;

  @WorkflowInit
  public RolloutWorkflowImpl(RolloutOrder order, Carried carried) {
    this.order = order;
    if (carried != null) {
      wave = carried.wave();
      listed = carried.listed();
      waiting.addAll(carried.waiting());
      busy.addAll(carried.busy());
      busyTries = carried.busyTries();
      counts.putAll(carried.counts());
      troubles.addAll(carried.troubles());
      paused = carried.paused();
      aborted = carried.aborted();
    }
  }

  @Override
  public RolloutProgress rollOut(RolloutOrder sameOrder, Carried carried) {
    while (wave < order.waves().size() && !aborted) {
      upgradeWave(order.waves().get(wave));
      if (!aborted && wave + 1 < order.waves().size()) {
        passGate(order.waves().get(wave));
      }
      wave++;
      listed = 0;
      busyTries = BUSY_TRIES;
    }
    end();
    return progress();
  }

  private void upgradeWave(Wave current) {
    while (true) {
      takeOn(current);
      long seen = changes;
      Decision decision = RolloutDecider.decide(situation());
      halt = decision.halt();
      start(decision.start());
      writeDown();
      if (!decision.start().isEmpty()) {
        continue;
      }
      switch (decision.next()) {
        case WAIT -> Workflow.await(() -> changes != seen);
        case TRY_BUSY_AGAIN -> tryBusyAgain();
        case END, END_WAVE -> {
          if (aborted || (waiting.isEmpty() && listed == current.tenants())) {
            return;
          }
          carryOn();
        }
      }
    }
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

  private boolean isFull() {
    return started >= TENANTS_OF_A_RUN || Workflow.getInfo().isContinueAsNewSuggested();
  }

  private Situation situation() {
    return new Situation(
        order.limits(),
        order.tenants(),
        isFull() ? List.of() : waiting,
        running,
        isFull() ? List.of() : busy,
        busyTries,
        troubles,
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
    List<Admitted> answers =
        desk.admitTenants(
            order.id(),
            candidates.stream()
                .map(one -> new Ticket(one.tenant(), Workflow.randomUUID()))
                .toList());
    for (Admitted admitted : answers) {
      Candidate one = byName.get(admitted.tenant());
      if (admitted.plan() == null) {
        ended(one, null, new TenantEnd(admitted.outcome(), null, admitted.message(), null));
      } else {
        begin(one, admitted.plan());
      }
    }
  }

  // Detached, and abandoned by its parent: nothing that happens to a rollout stops an upgrade that
  // may be in its cutover.
  private void begin(Candidate one, UpgradePlan plan) {
    Workflow.newDetachedCancellationScope(
            () -> {
              UpgradeWorkflow upgrade =
                  Workflow.newChildWorkflowStub(UpgradeWorkflow.class, options(plan));
              Async.function(upgrade::upgrade, plan)
                  .handle(
                      (report, failure) -> {
                        ended(one, plan.upgradeId(), TenantEnd.of(report, failure));
                        return null;
                      });
            })
        .run();
  }

  private ChildWorkflowOptions options(UpgradePlan plan) {
    return ChildWorkflowOptions.newBuilder()
        .setWorkflowId(UpgradeWorkflow.idFor(plan.tenant().id()))
        .setTaskQueue(TaskQueues.WORKFLOWS)
        .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON)
        .setWorkflowIdReusePolicy(WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
        .setMemo(Map.of(UpgradeWorkflow.ID_MEMO, plan.upgradeId().toString()))
        .setStaticSummary(plan.tenant().id() + " to " + order.target())
        .build();
  }

  private void ended(Candidate one, UUID upgradeId, TenantEnd end) {
    changes++;
    running.remove(one.tenant());
    unrecorded.add(
        new TenantOutcome(
            one.tenant(), end.outcome(), upgradeId, end.message(), end.downtimeMillis()));
    if (end.outcome() == Outcome.BUSY && busyTries > 0) {
      busy.add(one);
      return;
    }
    counts.merge(end.outcome(), 1, Integer::sum);
    if (!end.outcome().isReached()) {
      troubles.add(
          new Trouble(
              one.tenant(),
              end.outcome(),
              Signature.of(one.tenant(), end.failure()).orElse(null),
              order.waves().get(wave).gate(),
              false));
    }
  }

  private void tryBusyAgain() {
    Workflow.await(UNTIL_BUSY_ARE_TRIED, () -> aborted);
    busyTries--;
    waiting.addAll(busy);
    busy.clear();
  }

  /** The history of a run must not grow without end: another one goes on from here. */
  private void carryOn() {
    Workflow.await(Workflow::isEveryHandlerFinished);
    Workflow.newContinueAsNewStub(RolloutWorkflow.class)
        .rollOut(
            order,
            new Carried(wave, listed, waiting, busy, busyTries, counts, troubles, paused, aborted));
  }

  private void passGate(Wave done) {
    baking = !done.bake().isZero();
    Workflow.await(done.bake(), () -> aborted);
    baking = false;
    awaitsApproval = done.approval();
    writeDown();
    Workflow.await(() -> !awaitsApproval || aborted);
  }

  private void end() {
    int reached =
        counts.entrySet().stream()
            .filter(count -> count.getKey().isReached())
            .mapToInt(Map.Entry::getValue)
            .sum();
    ended =
        aborted
            ? RolloutStatus.ABORTED
            : reached == order.tenants() ? RolloutStatus.SUCCESS : RolloutStatus.PARTIAL;
    writeDown();
    Workflow.await(Workflow::isEveryHandlerFinished);
  }

  private void writeDown() {
    if (!unrecorded.isEmpty()) {
      List<TenantOutcome> now = List.copyOf(unrecorded);
      unrecorded.clear();
      desk.recordOutcomes(order.id(), now);
    }
    RolloutStatus status = status();
    if (status != recorded) {
      recorded = status;
      desk.recordRollout(progress());
    }
  }

  private RolloutStatus status() {
    if (ended != null) {
      return ended;
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
  }

  @Override
  public void resume(String reason) {
    paused = false;
    halt = null;
    troubles.replaceAll(Trouble::seen);
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
  public void abort(String reason) {
    aborted = true;
    changes++;
  }

  @Override
  public void validateAbort(String reason) {
    requireGoingOn();
  }

  private void requireGoingOn() {
    refuseIf(ended != null, "The rollout is over.");
    refuseIf(aborted, "The rollout was aborted.");
  }

  private static void refuseIf(boolean wrong, String why) {
    if (wrong) {
      throw ApplicationFailure.newNonRetryableFailure(why, NOT_NOW);
    }
  }

  @Override
  public RolloutProgress progress() {
    List<Trouble> told = troubles.subList(0, Math.min(troubles.size(), TROUBLES_TOLD));
    return new RolloutProgress(
        order.id(),
        status(),
        Math.min(wave + 1, order.waves().size()),
        order.waves().size(),
        order.tenants(),
        Map.copyOf(counts),
        List.copyOf(running.keySet()),
        List.copyOf(told),
        troubles.size() - told.size(),
        halt);
  }
}
