package dev.uplift.api.rollout;

import dev.uplift.api.audit.AuditLog;
import dev.uplift.api.engine.EngineAway;
import dev.uplift.api.engine.EngineCalls;
import dev.uplift.api.ledger.UpgradeLedger;
import dev.uplift.api.problem.Problem;
import dev.uplift.api.registry.Registry;
import dev.uplift.api.registry.Unknown;
import dev.uplift.api.rollout.RolloutPlanner.PlannedWave;
import dev.uplift.api.rollout.RolloutState.UnderWay;
import dev.uplift.api.version.HostAway;
import dev.uplift.api.version.Versions;
import dev.uplift.api.version.WorkersAway;
import dev.uplift.engine.TaskQueues;
import dev.uplift.profile.yaml.AppName;
import dev.uplift.release.Tag;
import dev.uplift.rollout.Limits;
import dev.uplift.rollout.RehearsalMode;
import dev.uplift.rollout.RolloutDesk.CancelOrder;
import dev.uplift.rollout.RolloutOrder;
import dev.uplift.rollout.RolloutProgress;
import dev.uplift.rollout.RolloutWorkflow;
import dev.uplift.rollout.Wave;
import dev.uplift.tenant.Slug;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.StepReport;
import dev.uplift.upgrade.UpgradeProgress;
import dev.uplift.upgrade.UpgradeWorkflow;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.client.WorkflowUpdateStage;
import io.temporal.failure.ApplicationFailure;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/** Starts rollouts, asks how far they are, and tells them what a person wants. */
@Service
class Rollouts {
  static final String ROLLOUT_ID = "rollout_id";
  private static final int UNDER_WAY_TOLD = 20;
  private static final Duration LOOKED_AT_EVERY = Duration.ofMillis(200);

  private final Registry registry;
  private final RolloutStore store;
  private final Versions versions;
  private final EngineCalls engine;
  private final UpgradeLedger ledger;
  private final AuditLog audit;
  private final TransactionOperations transaction;

  Rollouts(
      Registry registry,
      RolloutStore store,
      Versions versions,
      EngineCalls engine,
      UpgradeLedger ledger,
      AuditLog audit,
      TransactionOperations transaction) {
    this.registry = registry;
    this.store = store;
    this.versions = versions;
    this.engine = engine;
    this.ledger = ledger;
    this.audit = audit;
    this.transaction = transaction;
  }

  static URI location(UUID id) {
    return URI.create("/api/rollouts/" + id);
  }

  /**
   * Freezes what is asked for and has the engine start it. Fails with a {@link Problem} when nobody
   * is selected, when another rollout is not over with one of the tenants, or when the engine is
   * away; and when the latest release is meant and nobody can tell it.
   */
  CompletableFuture<StoredRollout> start(RolloutRequest request, String caller) {
    List<PlannedWave> waves = planned(request);
    if (!request.isDryRun()) {
      refuseIfUnderWay(waves);
    }
    return target(request, waves)
        .thenCompose(
            target -> start(order(request, waves, target, caller), waves, request.reason(), null))
        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(notStarted(failure)));
  }

  /** Starts a rollout of those tenants of another one that were tried and did not get there. */
  CompletableFuture<StoredRollout> retry(StoredRollout earlier, String reason, String caller) {
    if (!earlier.status().isOver()) {
      throw conflict(
          "rollout-not-over",
          "Rollout not over",
          "Rollout "
              + earlier.id()
              + " is "
              + earlier.status().code()
              + ": abort it, or let it end.",
          earlier.id());
    }
    if (!earlier.order().rehearsal().upgrades()) {
      throw conflict(
          "nothing-to-retry",
          "Nothing to retry",
          "Rollout " + earlier.id() + " was a dry run. Start another one.",
          earlier.id());
    }
    List<PlannedWave> left = left(earlier);
    if (left.isEmpty()) {
      throw conflict(
          "nothing-to-retry",
          "Nothing to retry",
          "No tenant of rollout "
              + earlier.id()
              + " that is still registered was tried and does not run "
              + earlier.targetVersion()
              + ". Those that it did not come to need another rollout.",
          earlier.id());
    }
    refuseIfUnderWay(left);
    Map<String, Wave> asked = new HashMap<>();
    earlier.order().waves().forEach(wave -> asked.put(wave.name(), wave));
    RolloutOrder order =
        new RolloutOrder(
            UUID.randomUUID(),
            earlier.order().target(),
            left.stream()
                .map(
                    wave ->
                        new Wave(
                            wave.name(),
                            wave.tenants().size(),
                            wave.gate(),
                            asked.get(wave.name()).bakeSeconds(),
                            asked.get(wave.name()).approval()))
                .toList(),
            earlier.order().limits(),
            earlier.order().rehearsal(),
            caller);
    return start(order, left, reason, earlier.id())
        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(notStarted(failure)));
  }

  /**
   * The waves of a rollout, each with those of its tenants that were tried and did not get there.
   */
  private List<PlannedWave> left(StoredRollout earlier) {
    Map<Slug, Tenant> registered = new HashMap<>();
    registry.tenants().forEach(tenant -> registered.put(tenant.id(), tenant));
    Map<Integer, List<Tenant>> byWave = new TreeMap<>();
    for (RolloutTenant one : store.tenants(earlier.id())) {
      Tenant tenant = registered.get(Slug.of(one.tenant()));
      if (tenant != null && one.outcome() != null && !one.outcome().isReached()) {
        byWave.computeIfAbsent(one.wave(), wave -> new ArrayList<>()).add(tenant);
      }
    }
    List<PlannedWave> left = new ArrayList<>();
    byWave.forEach(
        (wave, tenants) -> {
          Wave before = earlier.order().waves().get(wave - 1);
          left.add(new PlannedWave(before.name(), before.gate(), tenants));
        });
    return RolloutPlanner.nobodyWaitsForTheLast(left);
  }

  private List<PlannedWave> planned(RolloutRequest request) {
    try {
      return RolloutPlanner.plan(request, registry.tenants());
    } catch (IllegalArgumentException misfit) {
      throw new Problem(
          HttpStatus.UNPROCESSABLE_CONTENT,
          "rollout-refused",
          "Rollout refused",
          misfit.getMessage());
    }
  }

  private void refuseIfUnderWay(List<PlannedWave> waves) {
    store
        .openWith(waves.stream().flatMap(wave -> wave.tenants().stream()).toList())
        .ifPresent(
            open -> {
              throw conflict(
                  "rollout-under-way",
                  "Rollout under way",
                  "Rollout "
                      + open.id()
                      + " to "
                      + open.targetVersion()
                      + " has some of these tenants and is "
                      + open.status().code()
                      + ": let it end, or abort it.",
                  open.id());
            });
  }

  private static Problem conflict(String code, String title, String detail, UUID rollout) {
    return new Problem(HttpStatus.CONFLICT, code, title, detail)
        .with(ROLLOUT_ID, rollout)
        .at(location(rollout));
  }

  /** The latest is what the first tenant's upstream calls so: all are to get the same one. */
  private CompletableFuture<Tag> target(RolloutRequest request, List<PlannedWave> waves) {
    if (request.targetVersion() != null) {
      return CompletableFuture.completedFuture(request.targetVersion());
    }
    Tenant first = waves.get(0).tenants().get(0);
    return versions
        .lookUp(first, registry.app(AppName.of(first.app())).orElseThrow(), null)
        .thenApply(
            info -> {
              if (info.latestVersion() == null) {
                throw new Problem(
                    HttpStatus.UNPROCESSABLE_CONTENT,
                    "version-unknown",
                    "Version cannot be told",
                    "Which release is the latest cannot be told: name one as target_version. "
                        + info.upstreamError());
              }
              return Tag.of(info.latestVersion());
            });
  }

  private static RolloutOrder order(
      RolloutRequest request, List<PlannedWave> planned, Tag target, String caller) {
    Limits limits = request.limits();
    long bakeSeconds = request.bakeSeconds() == null ? 0 : request.bakeSeconds();
    boolean approval = Boolean.TRUE.equals(request.approval());
    List<Wave> waves =
        planned.stream()
            .map(
                wave ->
                    new Wave(
                        wave.name(), wave.tenants().size(), wave.gate(), bakeSeconds, approval))
            .toList();
    return new RolloutOrder(UUID.randomUUID(), target, waves, limits, request.rehearsal(), caller);
  }

  private CompletableFuture<StoredRollout> start(
      RolloutOrder order, List<PlannedWave> waves, String reason, UUID retryOf) {
    // Thousands of tenants take the registry longer than the engine is let take to answer.
    enter(order, waves, reason, retryOf);
    return engine
        .call(
            client -> {
              WorkflowStub run =
                  WorkflowStub.fromTyped(
                      client.newWorkflowStub(
                          RolloutWorkflow.class,
                          WorkflowOptions.newBuilder()
                              .setWorkflowId(RolloutWorkflow.idFor(order.id()))
                              .setTaskQueue(TaskQueues.WORKFLOWS)
                              .setWorkflowIdConflictPolicy(
                                  WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
                              .setStaticSummary("rollout to " + order.target())
                              .build()));
              try {
                run.start(order, null);
              } catch (RuntimeException failure) {
                if (!(engine.explain(failure) instanceof EngineAway)) {
                  store.withdraw(order.id());
                }
                throw failure;
              }
              return store.find(order.id()).orElseThrow();
            })
        .exceptionallyCompose(
            failure -> {
              // One that the engine was never asked for must not keep its tenants from others.
              if (engine.explain(failure) instanceof EngineAway away && !away.wasAsked()) {
                store.withdraw(order.id());
              }
              return CompletableFuture.failedFuture(failure);
            });
  }

  /** Asks once more who is in another rollout: two may have been asked for at the same time. */
  private void enter(RolloutOrder order, List<PlannedWave> waves, String reason, UUID retryOf) {
    transaction.executeWithoutResult(
        begun -> {
          store.lock();
          if (order.rehearsal().upgrades()) {
            refuseIfUnderWay(waves);
          }
          store.enter(order, waves, reason, retryOf);
          audit.record(order.requestedBy(), "rollout.start", "rollouts/" + order.id(), reason);
        });
  }

  private Throwable notStarted(Throwable failure) {
    Throwable told = engine.explain(failure);
    if (told instanceof EngineAway away) {
      return away.problem("Nothing was started, as far as is known. Look at /api/rollouts.");
    }
    if (told instanceof WorkersAway away) {
      return away.problem("Nothing was started. Try again when they are running.");
    }
    if (told instanceof HostAway away) {
      return away.problem(
          "Which release is the latest cannot be told: name one as target_version.");
    }
    return told;
  }

  /**
   * @throws Problem if there is none
   */
  StoredRollout require(UUID id) {
    return store.find(id).orElseThrow(() -> Unknown.rollout(id));
  }

  /** With what came of each tenant, and what is expected of those that rehearsed. */
  RolloutState state(StoredRollout rollout) {
    return state(rollout, List.of(), true);
  }

  private RolloutState state(StoredRollout rollout, List<UnderWay> underWay, boolean tenants) {
    return new RolloutState(
        rollout, store.waves(rollout), underWay, tenants ? tenants(rollout) : null);
  }

  private List<RolloutTenant> tenants(StoredRollout rollout) {
    Map<String, Long> downtimes =
        rollout.order().rehearsal() == RehearsalMode.NONE ? Map.of() : ledger.lastDowntimesMillis();
    return store.tenants(rollout.id()).stream()
        .map(one -> one.predicting(downtimes.get(one.tenant())))
        .toList();
  }

  /** The rollout as it is when it is over, or when that time has passed. */
  CompletableFuture<StoredRollout> awaitEnd(StoredRollout rollout, Duration atMost) {
    StoredRollout now = store.find(rollout.id()).orElse(rollout);
    if (now.status().isOver() || atMost.isNegative()) {
      return CompletableFuture.completedFuture(now);
    }
    Executor later =
        CompletableFuture.delayedExecutor(LOOKED_AT_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    return CompletableFuture.supplyAsync(() -> awaitEnd(now, atMost.minus(LOOKED_AT_EVERY)), later)
        .thenCompose(end -> end);
  }

  /**
   * As its workflow tells it, or else as it was told last.
   *
   * @param tenants whether all of them are told
   */
  CompletableFuture<RolloutState> live(StoredRollout stored, boolean tenants) {
    if (stored.status().isOver()) {
      return CompletableFuture.completedFuture(state(stored, List.of(), tenants));
    }
    return engine
        .call(
            client -> {
              WorkflowStub run = run(client, stored.id());
              boolean runs =
                  run.describe().getStatus()
                      == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
              RolloutProgress progress = runs ? run.query("progress", RolloutProgress.class) : null;
              if (progress == null || progress.status().isOver()) {
                // It is over when the registry says so: only then it can be tried again.
                StoredRollout now = store.find(stored.id()).orElse(stored);
                return state(store.counted(now), List.of(), tenants);
              }
              Map<String, UUID> begun = store.unheard(stored.id());
              List<UnderWay> underWay =
                  progress.running().stream()
                      .limit(UNDER_WAY_TOLD)
                      .flatMap(tenant -> underWay(client, tenant, begun.get(tenant)).stream())
                      .toList();
              return state(stored.with(progress), underWay, tenants);
            })
        .exceptionally(engineAwayOrRunSilent -> state(store.counted(stored), List.of(), tenants));
  }

  /**
   * @param upgrade null for one that rehearses
   */
  private static Optional<UnderWay> underWay(WorkflowClient client, String tenant, UUID upgrade) {
    try {
      UpgradeProgress progress =
          client
              .newUntypedWorkflowStub(UpgradeWorkflow.idFor(Slug.of(tenant)))
              .query("progress", UpgradeProgress.class);
      List<StepReport> steps = progress.steps();
      boolean earlierOne = upgrade != null && !upgrade.equals(progress.upgradeId());
      if (steps.isEmpty() || earlierOne) {
        return Optional.empty();
      }
      StepReport last = steps.get(steps.size() - 1);
      return Optional.of(
          new UnderWay(
              tenant, last.name(), last.direction(), steps.get(0).startedAt(), last.startedAt()));
    } catch (WorkflowException silent) {
      return Optional.empty();
    }
  }

  /**
   * Tells a rollout what a person wants. Fails with a {@link Problem} if it makes no sense now.
   *
   * @param update the name of the update: pause, resume or approve
   */
  CompletableFuture<Void> tell(StoredRollout rollout, String update, String reason, String caller) {
    return tell(rollout, update, reason, caller, reason);
  }

  /** Tells a rollout to start nothing any more, as {@link #tell} does. */
  CompletableFuture<Void> abort(StoredRollout rollout, AbortRequest request, String caller) {
    CancelOrder cancel =
        request.cancels()
            ? new CancelOrder(
                Objects.requireNonNullElse(request.reason(), "its rollout was aborted"), caller)
            : null;
    return tell(rollout, "abort", request.reason(), caller, cancel);
  }

  private CompletableFuture<Void> tell(
      StoredRollout rollout, String update, String reason, String caller, Object... arguments) {
    return engine
        .<Void>call(
            client -> {
              audit.record(caller, "rollout." + update, "rollouts/" + rollout.id(), reason);
              run(client, rollout.id())
                  .startUpdate(update, WorkflowUpdateStage.COMPLETED, Void.class, arguments)
                  .getResult();
              return null;
            })
        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(explain(rollout, failure)));
  }

  private static WorkflowStub run(WorkflowClient client, UUID id) {
    return client.newUntypedWorkflowStub(RolloutWorkflow.idFor(id));
  }

  private Throwable explain(StoredRollout rollout, Throwable failure) {
    Throwable told = engine.explain(failure);
    if (told instanceof EngineAway away) {
      return away.problem("Whether the rollout was told is not known: look at it, and ask again.");
    }
    if (told instanceof WorkflowNotFoundException) {
      return notNow(rollout, "The rollout is over.");
    }
    if (told instanceof WorkflowUpdateException refused
        && refused.getCause() instanceof ApplicationFailure reason) {
      return notNow(rollout, reason.getOriginalMessage());
    }
    return told;
  }

  private static Problem notNow(StoredRollout rollout, String detail) {
    return conflict("rollout-not-so", "The rollout is not in that state", detail, rollout.id());
  }
}
